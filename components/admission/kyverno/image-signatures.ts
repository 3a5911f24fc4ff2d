import { label } from "../../../config/labels";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { ImageSigner } from "./settings";

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
      matchImageReferences: signer.images.map((glob) => ({ glob })),
      validationConfigurations: { mutateDigest: true, verifyDigest: true, required: true },
      attestors: [{ name: "signer", cosign: attestor(signer) }],
      validations: ["containers", "initContainers", "ephemeralContainers"].map((list) => ({
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
