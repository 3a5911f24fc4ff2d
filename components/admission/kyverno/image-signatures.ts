import { label } from "../../../lib/labels";
import { canonical } from "../../../policypack/rules/images/_reference";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { like } from "../cel";
import type { ImageSigner } from "../../../config/admission";

const lists = ["containers", "initContainers", "ephemeralContainers"];
const imagesOf = (pod: string): string =>
  lists.map((list) => `${pod}.spec.?${list}.orValue([]).map(each, each.image)`).join(" + ");

/**
 * Images of the suite must carry the signature that the stack names for them. Pods only: what is verified is what
 * runs, and its tag is replaced by the digest that was verified; templates stay as they were applied.
 */
export function imageSignaturePolicies(signers: readonly ImageSigner[]): readonly Manifest[] {
  return signers.map((signer) => ({
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: {
      name: `mijnbureau-platform-image-signatures-${signer.name}`,
      labels: managedLabels,
      annotations: { "kubernetes.io/description": `Images must be signed: ${signer.name}` },
    },
    spec: {
      failurePolicy: "Fail",
      // Registry and log are asked; the default of 10 s is short for a pod with several images.
      webhookConfiguration: { timeoutSeconds: 20 },
      validationActions: ["Deny"],
      evaluation: { admission: { enabled: true }, background: { enabled: true } },
      autogen: { podControllers: { controllers: [] } },
      matchConstraints: {
        namespaceSelector: { matchLabels: { [label.role]: "suite" } },
        resourceRules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: ["CREATE", "UPDATE"],
            resources: ["pods", "pods/ephemeralcontainers"],
          },
        ],
      },
      // A pod that runs is changed by others (labels, finalizers of its Job), also while the registry is away.
      matchConditions: [
        {
          name: "images-are-new",
          expression: `request.operation == 'CREATE' || ${imagesOf("object")} != ${imagesOf("oldObject")}`,
        },
      ],
      // Kyverno's globs see a reference as the pod has it: `docker.io/org/*` would miss `org/app@sha256:…`.
      matchImageReferences: signer.images.map((pattern) => ({
        expression: `${canonical("ref")}.exists(full, ${like("full", pattern)})`,
      })),
      validationConfigurations: { mutateDigest: true, verifyDigest: true, required: true },
      attestors: [{ name: "signer", cosign: attestor(signer) }],
      validations: lists.map((list) => ({
        expression: `images.${list}.map(image, verifyImageSignatures(image, [attestors.signer])).all(count, count > 0)`,
        message: `an image of ${list} lacks the signature of ${signer.name}`,
      })),
    },
  }));
}

function attestor({ key, keyless, transparencyLog }: ImageSigner) {
  const ctlog =
    transparencyLog === undefined
      ? { insecureIgnoreTlog: true, insecureIgnoreSCT: true }
      : { url: transparencyLog, ...(keyless === undefined ? { insecureIgnoreSCT: true } : {}) };
  return {
    ...(key === undefined ? {} : { key: { data: key } }),
    ...(keyless === undefined ? {} : { keyless: { identities: [keyless] } }),
    ctlog,
  };
}
