import { create, deployer, given, patch, policy, rule, type Attack, type Guard } from "../attack";
import type { KubeObject } from "../../../lib/kube/client";
import { APP, database, object, pod, statefulSet } from "./_objects";

const claim = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
  storageClassName: "plain",
};

const encrypted = { ...claim, storageClassName: "dev-encrypted" };
const CLAIMS = "mijnbureau-platform-claims";

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
    "claim-annotation",
    "Asks for a volume that is not encrypted by the old annotation, which wins over the class",
    object(
      "v1",
      "PersistentVolumeClaim",
      { spec: encrypted },
      { annotations: { "volume.beta.kubernetes.io/storage-class": "plain" } },
    ),
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
  ...(
    [
      ["named", "Takes a volume that is there, by its name", { volumeName: "pv-of-keycloak" }],
      ["selected", "Takes a volume that is there, by its labels", { selector: { matchLabels: { app: "keycloak" } } }],
    ] as const
  ).flatMap(([id, attempt, choice]) => [
    asking(
      `volume-${id}`,
      attempt,
      object("v1", "PersistentVolumeClaim", { spec: { ...encrypted, ...choice } }),
      policy(CLAIMS, "takes what its StorageClass makes"),
    ),
    asking(
      `volume-${id}-template`,
      `${attempt}, with a StatefulSet`,
      {
        ...set,
        spec: {
          ...spec,
          volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { ...encrypted, ...choice } }],
        },
      },
      policy(CLAIMS, "takes what its StorageClass makes"),
    ),
    asking(
      `volume-${id}-database`,
      `${attempt}, with a database`,
      database({ storage: { size: "1Gi", storageClass: "dev-encrypted", pvcTemplate: { ...choice } } }),
      policy(CLAIMS, "takes what its StorageClass makes"),
    ),
  ]),
  {
    ...asking(
      "volume-named-later",
      "Takes a volume that is there, for a claim that has none yet",
      object("v1", "PersistentVolumeClaim", { spec: encrypted }),
      policy(CLAIMS, "takes what its StorageClass makes"),
    ),
    steps: [
      given(object("v1", "PersistentVolumeClaim", { spec: encrypted })),
      patch(object("v1", "PersistentVolumeClaim", {}), { spec: { volumeName: "pv-of-keycloak" } }),
    ],
  },
  asking(
    "postgresql",
    "Has a database on a volume that is not encrypted",
    database({ storage: { size: "1Gi", storageClass: "plain" } }),
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
  ...(
    [
      ["HorizontalPodAutoscaler", "autoscaling/v2", "scaleTargetRef", { maxReplicas: 1 }],
      ["VerticalPodAutoscaler", "autoscaling.k8s.io/v1", "targetRef", {}],
    ] as const
  ).map(([kind, api, field, rest]) =>
    asking(
      `database-by-${kind.toLowerCase()}`,
      `Has replicas of the platform's database removed by a ${kind}`,
      object(api, kind, {
        spec: { ...rest, [field]: { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", name: "docs" } },
      }),
      policy("mijnbureau-platform-autoscalers", "for a Deployment or a StatefulSet"),
    ),
  ),
  asking("budget-zero", "Lets no node be drained by a budget of none", budget({ maxUnavailable: 0 }), {
    refusedBy: policy(BUDGETS, "maxUnavailable"),
    also: [rule("availability/disruption-budget-zero")],
  }),
];
