import { create, deployer, policy, rule, type Attack, type Guard } from "../attack";
import type { KubeObject } from "../../../lib/kube/client";
import { APP, object, pod, statefulSet } from "./_objects";

const claim = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
  storageClassName: "plain",
};

const asking = (
  id: string,
  attempt: string,
  made: KubeObject,
  refusal: Guard | Pick<Attack, "refusedBy" | "also">,
): Attack => ({
  id: `storage/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  ...("by" in refusal ? { refusedBy: refusal } : refusal),
});

const set = statefulSet({});
const spec = typeof set["spec"] === "object" && set["spec"] !== null ? set["spec"] : {};
const BUDGETS = "mijnbureau-platform-budgets";
const budget = (content: object): KubeObject => object("policy/v1", "PodDisruptionBudget", { spec: content });

export const storageAttacks: readonly Attack[] = [
  asking(
    "claim",
    "Asks for a volume that is not encrypted",
    object("v1", "PersistentVolumeClaim", { spec: claim }),
    rule("storage/encrypted-class"),
  ),
  asking(
    "claim-template",
    "Asks for volumes that are not encrypted by a StatefulSet",
    { ...set, spec: { ...spec, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }] } },
    rule("storage/encrypted-class"),
  ),
  asking(
    "ephemeral",
    "Asks for a volume of a pod that is not encrypted",
    pod({ volumes: [{ name: "data", ephemeral: { volumeClaimTemplate: { spec: claim } } }] }),
    rule("storage/encrypted-ephemeral-volume"),
  ),
  asking(
    "postgresql",
    "Has a database on a volume that is not encrypted",
    object("postgresql.cnpg.io/v1", "Cluster", {
      spec: {
        instances: 1,
        storage: { size: "1Gi", storageClass: "plain" },
        plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true }],
      },
    }),
    rule("storage/encrypted-class"),
  ),
  asking(
    "budget-all",
    "Lets no node be drained by a budget that needs all pods",
    budget({ minAvailable: 9999 }),
    policy(BUDGETS, "minAvailable"),
  ),
  asking(
    "budget-percent",
    "Lets no node be drained by a budget that needs nearly all pods",
    budget({ minAvailable: "99%" }),
    policy(BUDGETS, "minAvailable"),
  ),
  asking(
    "budget-zero-percent",
    "Lets no node be drained by a budget of none in hundred",
    budget({ maxUnavailable: "00%" }),
    policy(BUDGETS, "maxUnavailable"),
  ),
  asking("budget-zero", "Lets no node be drained by a budget of none", budget({ maxUnavailable: 0 }), {
    refusedBy: policy(BUDGETS, "maxUnavailable"),
    also: [rule("availability/disruption-budget-zero")],
  }),
];
