import { label } from "../../config/labels";
import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";
import { DEPLOYER } from "../namespace/rbac";

/** Annotation that, set to the namespace's own name, permits its deletion. */
export const ALLOW_DELETION = "mijnbureau-platform/allow-deletion";

interface Guard {
  readonly name: string;
  readonly resources: readonly ResourceRule[];
  readonly matchConditions: readonly { name: string; expression: string }[];
  readonly validations: readonly { expression: string; message: string }[];
}

interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
}

const carries = (object: string, key: string): string => `${object}.?metadata.?labels[?"${key}"].orValue("") == "true"`;

/** Deleting a namespace deletes its claims; the annotation makes it two deliberate steps. */
const dataNamespaces: Guard = {
  name: "mijnbureau-platform-data-namespaces",
  resources: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["namespaces"], operations: ["DELETE"] }],
  matchConditions: [{ name: "holds-data", expression: carries("oldObject", label.holdsData) }],
  validations: [
    {
      expression: `oldObject.?metadata.?annotations[?"${ALLOW_DELETION}"].orValue("") == oldObject.metadata.name`,
      message: `This namespace holds data. To delete it, annotate it first: ${ALLOW_DELETION}=<its own name>.`,
    },
  ],
};

/**
 * RBAC cannot tell the platform's objects from the suite's own of the same kind (NetworkPolicies, Roles,
 * ServiceAccounts), so admission keeps the deployer off everything that carries the platform's label.
 */
const deployer = (groups: readonly string[]): Guard => ({
  name: "mijnbureau-platform-deployer",
  resources: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE", "DELETE"] }],
  matchConditions: [
    {
      name: "is-deployer",
      expression:
        `request.userInfo.username.matches("^system:serviceaccount:[^:]+:${DEPLOYER}$")` +
        ` || request.userInfo.?groups.orValue([]).exists(group, group in ${JSON.stringify(groups)})`,
    },
  ],
  validations: [
    {
      expression: `oldObject == null || !(${carries("oldObject", label.managed)})`,
      message: "This object belongs to the platform; the deployer of MijnBureau may not change or delete it.",
    },
    {
      expression: `object == null || !(${carries("object", label.managed)})`,
      message: `The label ${label.managed} is reserved for the platform.`,
    },
  ],
});

/**
 * The guardrails that RBAC and Pod Security admission cannot express, as policies of the API server itself:
 * a ValidatingAdmissionPolicy and a binding each, fail closed.
 *
 * @param deployerGroups groups that may act as the deployer besides its ServiceAccount
 */
export function guardManifests(deployerGroups: readonly string[]): Manifest[] {
  return [dataNamespaces, deployer(deployerGroups)].flatMap((guard) => [policy(guard), binding(guard)]);
}

function policy(guard: Guard): Manifest {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: guard.name, labels: managedLabels },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: guard.resources },
      matchConditions: guard.matchConditions,
      validations: guard.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
    },
  };
}

function binding(guard: Guard): Manifest {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: guard.name, labels: managedLabels },
    spec: { policyName: guard.name, validationActions: ["Deny"] },
  };
}
