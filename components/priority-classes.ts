import type { Manifest } from "./kubernetes-object";
import { managedLabels } from "./namespace/labels";

/**
 * Priorities of the platform's pods. They stay below the `system-*` classes, which providers reserve for
 * `kube-system` by quota (Kubernetes, "Limit Priority Class consumption by default").
 */
export const priorityClass = {
  /** Admission, secrets and backup controllers: the cluster is unsafe or unusable without them. */
  critical: "platform-critical",
  /** Node agents. */
  node: "platform-node",
  /** The suite and the rest of the supporting stack. */
  standard: "platform-standard",
  /** Scans and batch work, first to go. */
  batch: "platform-batch",
} as const;

const values: Readonly<Record<keyof typeof priorityClass, { value: number; description: string }>> = {
  critical: { value: 1_000_000, description: "Controllers without which the platform is unsafe" },
  node: { value: 900_000, description: "Agents that run on every node" },
  standard: { value: 100_000, description: "Supporting services and apps" },
  batch: { value: 1_000, description: "Scans, reports and other work that can wait" },
};

/** PriorityClass objects; none is the cluster's default. */
export function priorityClassManifests(): Manifest[] {
  const keys: (keyof typeof priorityClass)[] = ["critical", "node", "standard", "batch"];
  return keys.map((key) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: priorityClass[key], labels: managedLabels },
    globalDefault: false,
    preemptionPolicy: "PreemptLowerPriority",
    ...values[key],
  }));
}
