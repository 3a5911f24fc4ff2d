import { asObject, asString, at, stringMap } from "../../../lib/json";
import type { Json } from "../../../lib/json";
import { groupOf } from "../../../lib/kinds";
import { selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";

/** Kinds whose pods are interchangeable or numbered, and whose number is chosen. */
export const scaledKinds = [
  "apps/Deployment",
  "apps/StatefulSet",
  "apps.openshift.io/DeploymentConfig",
  "DeploymentConfig",
] as const;

/** Every workload of those kinds, in one namespace where that is given. */
export function scaledWorkloads(stack: StackIndex, namespace?: string): readonly StackObject[] {
  return scaledKinds.flatMap((kind) => stack.ofKind(kind, namespace));
}

/** How many pods a workload has, at least and at most. */
export interface Replicas {
  readonly least: number;
  readonly most: number;
}

/** Where each kind of autoscaler says how few and how many pods it keeps, and what it keeps where it does not say. */
const autoscalers = [
  { kind: "autoscaling/HorizontalPodAutoscaler", least: ["minReplicas"], most: "maxReplicas", smallest: 1, largest: 1 },
  // KEDA, ScaledObject specification.
  {
    kind: "keda.sh/ScaledObject",
    least: ["idleReplicaCount", "minReplicaCount"],
    most: "maxReplicaCount",
    smallest: 0,
    largest: 100,
  },
] as const;

/** The replicas of a workload, or those between which its autoscaler keeps it. */
export function replicasOf(stack: StackIndex, workload: StackObject): Replicas {
  for (const { kind, least: fields, most, smallest, largest } of autoscalers) {
    const found = stack.ofKind(kind, workload.namespace).find((candidate) => targets(candidate, workload));
    if (found === undefined) continue;
    const given = fields.map((field) => asNumber(at(found.object, "spec", field)));
    const least = given.find((value) => value !== undefined) ?? smallest;
    return { least, most: Math.max(least, asNumber(at(found.object, "spec", most)) ?? largest) };
  }
  const replicas = asNumber(at(workload.object, "spec", "replicas")) ?? 1;
  return { least: replicas, most: replicas };
}

/** Whether an autoscaler scales this workload of its namespace. */
export function targets(autoscaler: StackObject, workload: StackObject): boolean {
  const target = asObject(at(autoscaler.object, "spec", "scaleTargetRef"));
  // Where these are not given KEDA takes a Deployment.
  const isKeda = autoscaler.kind === "keda.sh/ScaledObject";
  const group = groupOf(asString(target?.["apiVersion"]) ?? (isKeda ? "apps/v1" : ""));
  const kind = asString(target?.["kind"]) ?? (isKeda ? "Deployment" : "");
  return target?.["name"] === workload.name && workload.kind === (group === "" ? kind : `${group}/${kind}`);
}

/** The labels of a workload's pods. */
export function podLabels(workload: StackObject): Readonly<Record<string, string>> {
  return stringMap(at(workload.pod?.pod, "metadata", "labels"));
}

/** Whether a disruption budget counts the pods of this workload; a budget without a selector counts none. */
export function budgets(budget: StackObject, workload: StackObject): boolean {
  const selector = asObject(at(budget.object, "spec", "selector"));
  return budget.namespace === workload.namespace && selects(selector, podLabels(workload));
}

/** A number or percentage of a total; percentages are rounded up (intstr.GetScaledValueFromIntOrPercent, roundUp). */
export function scaled(value: Json | undefined, total: number): number | undefined {
  if (typeof value === "number") return value;
  const percentage = /^(\d+)%$/.exec(asString(value) ?? "")?.[1];
  return percentage === undefined ? undefined : Math.ceil((Number(percentage) * total) / 100);
}

function asNumber(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
