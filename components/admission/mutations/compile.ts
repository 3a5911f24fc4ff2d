import type { MutationEngine } from "../../../config/admission";
import { label, NAMESPACE_NAME_LABEL } from "../../../lib/labels";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Mutation } from "./mutation";

/** Resources of `admissionregistration.k8s.io/v1` that `native` needs: Kubernetes 1.36 and newer. */
export const nativeResources = ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"] as const;

export const hasNative = (admissionResources: readonly string[]): boolean =>
  nativeResources.every((resource) => admissionResources.includes(resource));

/** The API server itself where it can: no webhook that may be down. */
export const defaultEngine = (admissionResources: readonly string[]): MutationEngine =>
  hasNative(admissionResources) ? "native" : "kyverno";

const nameOf = ({ name }: Mutation): string => `mijnbureau-platform-${name}`;

const metadataOf = (mutation: Mutation) => ({
  name: nameOf(mutation),
  labels: managedLabels,
  annotations: { "kubernetes.io/description": mutation.title },
});

function namespacesOf({ namespace, roles = ["suite"] }: Mutation) {
  if (namespace !== undefined) return { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } };
  return roles.length === 1
    ? { matchLabels: { [label.role]: roles[0] } }
    : { matchExpressions: [{ key: label.role, operator: "In", values: roles }] };
}

const jsonPatch = ({ patch }: Mutation) => [{ patchType: "JSONPatch", jsonPatch: { expression: patch } }];

/** A mutation as a policy of the API server with its binding. Fail closed: what is not repaired is not admitted. */
export function nativeMutation(mutation: Mutation): readonly Manifest[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: metadataOf(mutation),
      spec: {
        failurePolicy: "Fail",
        // Again for what a webhook adds later, such as an injected container.
        reinvocationPolicy: "IfNeeded",
        matchConstraints: { resourceRules: [mutation.resources] },
        ...(mutation.conditions.length === 0 ? {} : { matchConditions: mutation.conditions }),
        mutations: jsonPatch(mutation),
      },
    },
    {
      apiVersion,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: metadataOf(mutation),
      spec: { policyName: nameOf(mutation), matchResources: { namespaceSelector: namespacesOf(mutation) } },
    },
  ];
}

/** The same mutation for Kyverno, for API servers that have no MutatingAdmissionPolicy. */
export function kyvernoMutation(mutation: Mutation): readonly Manifest[] {
  return [
    {
      apiVersion: "policies.kyverno.io/v1",
      kind: "MutatingPolicy",
      metadata: metadataOf(mutation),
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "IfNeeded",
        // Only at admission: pods that run cannot be changed, and templates are left as they were applied.
        evaluation: {
          admission: { enabled: true },
          background: { enabled: false },
          mutateExisting: { enabled: false },
        },
        autogen: { podControllers: { controllers: [] } },
        matchConstraints: { resourceRules: [mutation.resources], namespaceSelector: namespacesOf(mutation) },
        ...(mutation.conditions.length === 0 ? {} : { matchConditions: mutation.conditions }),
        mutations: jsonPatch(mutation),
      },
    },
  ];
}
