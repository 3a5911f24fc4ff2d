import type { MutationEngine } from "../../../config/admission";
import type { Manifest } from "../../kubernetes-object";
import { defaultEngine, hasNative, suiteMutations, type MutationInput } from "../mutations";
import { exceptionPolicies } from "./exceptions";
import { guardrails } from "./guardrails";
import { imageSignaturePolicies } from "./image-signatures";
import { restartReaders } from "./restart-readers";
import { kyvernoRights } from "./rights";
import type { AdmissionSettings } from "../../../config/admission";

export { baselineOf } from "./guardrails";
export { admissionSettings, type AdmissionSettings } from "../../../config/admission";

export interface SuiteAdmissionInput extends Omit<MutationInput, "keptNetworkPolicies"> {
  readonly settings: AdmissionSettings;
  /** Resources of `admissionregistration.k8s.io/v1` that the API server serves. */
  readonly admissionResources: readonly string[];
  /** The NetworkPolicies that every namespace of the platform has: default deny and DNS. */
  readonly baseline: readonly Manifest[];
  /** Whether the stack has Kyverno. */
  readonly kyverno: boolean;
  /** Namespaces of the suite in which External Secrets changes Secrets; absent: none. */
  readonly changingSecrets?: readonly string[];
}

export interface SuiteAdmission {
  /** Needs nothing but the API server. */
  readonly native: readonly Manifest[];
  /** Needs Kyverno's CustomResourceDefinitions. */
  readonly kyverno: readonly Manifest[];
  /** For the user to see: what the stack asks for and cannot have. */
  readonly notices: readonly string[];
}

/**
 * What admission does for the suite beyond validating: changes pods and NetworkPolicies, gives unknown namespaces
 * their guardrails, verifies signatures, ends exceptions. Without Kyverno only the API server's part.
 */
export function suiteAdmission(input: SuiteAdmissionInput): SuiteAdmission {
  const { settings, changingSecrets = [] } = input;
  const engine = settings.engine ?? defaultEngine(input.admissionResources);
  const mutations = suiteMutations({ ...input, keptNetworkPolicies: settings.keptNetworkPolicies }, engine);
  const others = input.kyverno
    ? [
        ...kyvernoRights,
        ...guardrails(input.baseline),
        ...exceptionPolicies(),
        ...imageSignaturePolicies(settings.imageSignatures),
        ...restartReaders(changingSecrets),
      ]
    : [];
  const possible = engine === "native" ? hasNative(input.admissionResources) : input.kyverno;
  return {
    native: possible && engine === "native" ? mutations : [],
    kyverno: [...(possible && engine === "kyverno" ? mutations : []), ...others],
    notices: [
      ...(possible ? [] : [impossible(engine)]),
      ...(changingSecrets.length > 0 && !input.kyverno
        ? [
            "operators.external-secrets: pods of the suite keep the old value of a Secret that changes until somebody restarts them, because the stack has no Kyverno. Enable operators.kyverno",
          ]
        : []),
      ...(settings.imageSignatures.length > 0 && !input.kyverno
        ? ["admission.imageSignatures: are not verified, because the stack has no Kyverno. Enable operators.kyverno"]
        : []),
    ],
  };
}

function impossible(engine: MutationEngine): string {
  const consequence = "nine workloads of MijnBureau are then refused, and its own NetworkPolicies keep what they open";
  return engine === "native"
    ? `admission.engine: native needs MutatingAdmissionPolicy (Kubernetes 1.36 and newer), which the API server does not serve; ${consequence}. Use kyverno`
    : `admission.engine: kyverno needs Kyverno, which the stack does not have; ${consequence}. Enable operators.kyverno, or use Kubernetes 1.36`;
}
