import { NAMESPACE_NAME_LABEL } from "../../lib/labels";
import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";

/** A ValidatingAdmissionPolicy and its binding. Fail closed, and the refusal is a Forbidden. */
export interface Policy {
  readonly name: string;
  readonly resources: readonly ResourceRule[];
  readonly conditions: readonly Named[];
  readonly variables?: readonly Named[];
  readonly validations: readonly { expression: string; message: string; messageExpression?: string }[];
  /** Only in these namespaces; absent: everywhere. */
  readonly namespaces?: readonly string[];
}

interface Named {
  readonly name: string;
  readonly expression: string;
}

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
}

const API = "admissionregistration.k8s.io/v1";

export function policyManifests(policy: Policy): Manifest[] {
  const { name, resources, conditions, variables, validations, namespaces } = policy;
  const metadata = { name, labels: managedLabels };
  return [
    {
      apiVersion: API,
      kind: "ValidatingAdmissionPolicy",
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: resources.map((rule) => ({ ...rule, apiVersions: ["*"] })) },
        matchConditions: conditions,
        ...(variables === undefined ? {} : { variables }),
        validations: validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
      },
    },
    {
      apiVersion: API,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        ...(namespaces === undefined ? {} : { matchResources: inNamespaces(namespaces) }),
      },
    },
  ];
}

const inNamespaces = (values: readonly string[]) => ({
  // The one label of a namespace that nobody can change (Kubernetes, "Well-Known Labels").
  namespaceSelector: { matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: "In", values: [...values] }] },
});
