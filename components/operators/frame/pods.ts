import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { PodGroup } from "../../../suite/flow";
import type { ChartPatch } from "./patch";
import type { JsonObject } from "./manifest";

export const CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane";

/** Nothing of the stack lands on control-plane nodes, except the agents that an operator names. */
export const workerNodes = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: CONTROL_PLANE_LABEL, operator: "DoesNotExist" }] }],
    },
  },
} as const satisfies JsonObject;

/**
 * Only on control-plane nodes. By the key alone: kubeadm leaves its value empty, RKE2 and k3s write "true" (k3s
 * pkg/agent/config, RKE2 docs, "Node labels").
 */
export const controlPlaneNodes = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: CONTROL_PLANE_LABEL, operator: "Exists" }] }],
    },
  },
} as const satisfies JsonObject;

/**
 * Taints of control-plane nodes: of kubeadm and OpenShift, and those with which RKE2 keeps its servers free (RKE2 docs,
 * "High availability"; there etcd is a role of its own).
 */
export const controlPlaneTolerations = [
  { key: CONTROL_PLANE_LABEL, operator: "Exists" },
  { key: "node-role.kubernetes.io/master", operator: "Exists" },
  { key: "node-role.kubernetes.io/etcd", operator: "Exists" },
  { key: "CriticalAddonsOnly", operator: "Exists" },
] as const satisfies readonly JsonObject[];

export const linux = { "kubernetes.io/os": "linux" } as const;

/** Pod-level context that Pod Security `restricted` accepts, for an image that does not say its own user. */
export function podContext(user?: number, group = user): JsonObject {
  return {
    ...(user === undefined ? {} : { runAsUser: user, runAsGroup: group, fsGroup: group }),
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Container-level context that Pod Security `restricted` accepts. */
export const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
} as const satisfies JsonObject;

/** Root in the container, but with nothing beyond the capabilities that the agent needs. */
export function rootWith(capabilities: readonly string[]): JsonObject {
  return {
    runAsUser: 0,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], add: [...capabilities] },
  };
}

/** `[cpu, memory]` requested and at most. */
export function resources(request: readonly [string, string], limit: readonly [string, string]): JsonObject {
  return { requests: { cpu: request[0], memory: request[1] }, limits: { cpu: limit[0], memory: limit[1] } };
}

/** Replicas of one workload on different nodes. */
export function apart(labels: Readonly<Record<string, string>>): JsonObject {
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
        },
      ],
    },
  };
}

/** Replicas of one workload over the zones. `ScheduleAnyway`: losing a zone must not stop the rest. */
export function overZones(labels: Readonly<Record<string, string>>): JsonObject[] {
  return [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
    },
  ];
}

/** A budget that never blocks the drain of a node for a pod that is broken anyway. */
export function budget(minAvailable: number): JsonObject {
  return { enabled: true, minAvailable, unhealthyPodEvictionPolicy: "AlwaysAllow" };
}

/** For charts whose budgets say nothing of pods that are broken anyway: those would block the drain of their node. */
export const evictBroken: ChartPatch = {
  kind: "PodDisruptionBudget",
  patch: { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } },
  reason: "The chart has no value for it, and a broken pod would block the drain of its node.",
};

/** A disruption budget of our own, where the chart has none. */
export function budgetFor(namespace: string, { name, labels }: PodGroup): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace, labels: managedLabels },
    spec: { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: labels } },
  };
}
