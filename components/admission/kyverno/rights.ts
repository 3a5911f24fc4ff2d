import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

interface Rights {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Rights for one of Kyverno's controllers, through the aggregation of its chart's ClusterRoles. */
function aggregated(controller: "background" | "cleanup" | "reports", rules: readonly Rights[]): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: {
      name: `mijnbureau-platform:kyverno:${controller}-controller`,
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
