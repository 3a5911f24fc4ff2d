import { label, NAMESPACE_NAME_LABEL, type NamespaceRole } from "../../../lib/labels";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { DEPLOYER } from "../../namespace/rbac";
import { literal } from "../cel";

/** What the guards go by in this stack. */
export interface GuardFacts {
  /** Groups that may act as the deployer besides its ServiceAccount. */
  readonly deployerGroups: readonly string[];
  /** Public hosts of the suite and of operators, each with the namespace that publishes it. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The domain below which they are. */
  readonly domain: string;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  /** IngressClass or GatewayClass of the edge. */
  readonly edgeClass: string;
  /** Namespace of the Gateway that holds the listeners and certificates of all hosts. */
  readonly gatewayNamespace: string;
  /** RuntimeClass of the apps that have a sandbox, by namespace. */
  readonly runtimeClasses: Readonly<Record<string, string>>;
  /** Paths that monitors of apps may have Prometheus call. */
  readonly metricsPaths: readonly string[];
  /** Whether the certificates that Traefik serves are made by an issuer. */
  readonly hasIssuer: boolean;
}

interface Named {
  readonly name: string;
  readonly expression: string;
}

/** One thing that a guard asks; the words are the user's. */
export interface Validation {
  /** CEL of type bool: true where it is met. */
  readonly expression: string;
  readonly message: string;
  /** CEL of type string, in place of `message`. */
  readonly messageExpression?: string;
}

/** What RBAC and Pod Security admission cannot express, as a policy of the API server itself. */
export interface Guard {
  readonly name: string;
  readonly resources: readonly ResourceRule[];
  readonly matchConditions: readonly Named[];
  readonly variables?: readonly Named[];
  readonly validations: readonly Validation[];
  /** Role of the namespaces that it is for; absent: everything. */
  readonly role?: NamespaceRole;
  /** Only in these namespaces; absent: everywhere, or those of `role`. */
  readonly namespaces?: readonly string[];
}

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
}

/** Any version of these resources, when they are made or changed. */
export const written = (group: string, ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [group],
  apiVersions: ["*"],
  resources,
  operations: ["CREATE", "UPDATE"],
});

/** CEL: whether an object carries the platform's label, which nobody else may set (platform-objects.ts). */
export const isPlatforms = (object: string): string =>
  `${object}.?metadata.?labels[?"${label.managed}"].orValue("") == "true"`;

/** The right to the same operation in every namespace: what platform engineers and controllers have. */
const EVERYWHERE =
  "{'CREATE': ['create'], 'UPDATE': ['update', 'patch'], 'DELETE': ['delete', 'deletecollection']}[request.operation]" +
  ".exists(verb, authorizer.group(request.resource.group).resource(request.resource.resource).check(verb).allowed())";

/**
 * Variables that tell whose rights end at the namespace: an app's deployer, and every account that it makes or binds.
 * The deployer by its name would not do: it may make a ServiceAccount and bind its own Role to it, or to anyone.
 */
export const whoWrites = (deployerGroups: readonly string[]): readonly Named[] => [
  {
    name: "deployer",
    expression:
      `request.userInfo.username.matches("^system:serviceaccount:[^:]+:${DEPLOYER}$")` +
      ` || request.userInfo.?groups.orValue([]).exists(group, group in ${literal([...deployerGroups])})`,
  },
  {
    name: "suite",
    expression: `namespaceObject != null && namespaceObject.metadata.?labels[?"${label.role}"].orValue("") == "suite"`,
  },
  { name: "bound", expression: `variables.deployer || (variables.suite && !(${EVERYWHERE}))` },
];

/** CEL: an account of another namespace, as operators have; those of apps get no rights elsewhere (bindings.ts). */
export const OF_ELSEWHERE =
  `request.userInfo.username.startsWith("system:serviceaccount:") && ` +
  `!request.userInfo.username.startsWith("system:serviceaccount:" + request.namespace + ":")`;

/** A guard as a ValidatingAdmissionPolicy and its binding; fail closed. */
export function guardObjects(guard: Guard): Manifest[] {
  return [policy(guard), binding(guard)];
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
      ...(guard.variables === undefined ? {} : { variables: guard.variables }),
      validations: guard.validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
    },
  };
}

function binding(guard: Guard): Manifest {
  const selector = namespaceSelector(guard);
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: guard.name, labels: managedLabels },
    spec: {
      policyName: guard.name,
      validationActions: ["Deny"],
      ...(selector === undefined ? {} : { matchResources: { namespaceSelector: selector } }),
    },
  };
}

function namespaceSelector({ role, namespaces }: Guard): object | undefined {
  if (role !== undefined) return { matchLabels: { [label.role]: role } };
  if (namespaces === undefined) return undefined;
  // The one label of a namespace that nobody can change (Kubernetes, "Well-Known Labels").
  return { matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: "In", values: [...namespaces] }] };
}
