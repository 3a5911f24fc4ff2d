import { exemptRights, type NeededExemption } from "../../exemptions";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

interface Rights {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

type Controller = "background" | "cleanup" | "reports";

const roleName = (controller: Controller): string => `mijnbureau-platform:kyverno:${controller}-controller`;

/** Rights for one of Kyverno's controllers, through the aggregation of its chart's ClusterRoles. */
function aggregated(controller: Controller, rules: readonly Rights[]): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: {
      name: roleName(controller),
      labels: { ...managedLabels, [`rbac.kyverno.io/aggregate-to-${controller}-controller`]: "true" },
    },
    rules,
  };
}

const READ = ["get", "list", "watch"] as const;
const WRITE = [...READ, "create", "update", "patch", "delete"] as const;

/** What the policies of this folder need beyond the chart's own rights; without them they count as not ready. */
export const kyvernoRights: readonly Manifest[] = [
  aggregated("background", [
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: WRITE },
    { apiGroups: [""], resources: ["resourcequotas", "limitranges"], verbs: WRITE },
  ]),
  aggregated("cleanup", [
    { apiGroups: ["policies.kyverno.io"], resources: ["policyexceptions"], verbs: [...READ, "delete"] },
  ]),
  aggregated("reports", [{ apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: READ }]),
];

/** What these rights are excused for. */
export const kyvernoRightsExemptions: readonly NeededExemption[] = [
  ...exemptRights(
    ["grant-network-write"],
    { kind: "ClusterRole", name: roleName("background") },
    "Generates the guardrails of namespaces; NetworkPolicies are among them.",
  ),
  ...exemptRights(
    ["grant-policy-write"],
    { kind: "ClusterRole", name: roleName("cleanup") },
    "Removes exceptions from policies after their last day.",
  ),
];
