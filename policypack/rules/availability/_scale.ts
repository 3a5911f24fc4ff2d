import { asObject, asString, at, stringMap } from "../../../lib/json";
import type { Json } from "../../../lib/json";
import { groupOf } from "../../../lib/kinds";
import { derived } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { unlessUnknown } from "../../../lib/unknown";

/** Kinds whose pods are interchangeable or numbered, and whose number is chosen. */
export const scaledKinds = [
  "apps/Deployment",
  "apps/StatefulSet",
  "apps.openshift.io/DeploymentConfig",
  "DeploymentConfig",
] as const;

/** Every workload of those kinds. */
export function scaledWorkloads(stack: StackIndex): readonly StackObject[] {
  return scaledKinds.flatMap((kind) => stack.ofKind(kind));
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
    const known = byTarget(stack);
    const found =
      known === undefined
        ? stack.ofKind(kind, workload.namespace).find((candidate) => targets(candidate, workload))
        : known.get([kind, workload.namespace, workload.kind, workload.name].join(" "));
    if (found === undefined) continue;
    const given = fields.map((field) => asNumber(at(found.object, "spec", field)));
    const least = given.find((value) => value !== undefined) ?? smallest;
    return { least, most: Math.max(least, asNumber(at(found.object, "spec", most)) ?? largest) };
  }
  const replicas = asNumber(at(workload.object, "spec", "replicas")) ?? 1;
  return { least: replicas, most: replicas };
}

/** Kind and name of what an autoscaler scales. */
function targetOf(autoscaler: StackObject): { readonly kind: string; readonly name: string } {
  const target = asObject(at(autoscaler.object, "spec", "scaleTargetRef"));
  // Where these are not given KEDA takes a Deployment.
  const isKeda = autoscaler.kind === "keda.sh/ScaledObject";
  const group = groupOf(asString(target?.["apiVersion"]) ?? (isKeda ? "apps/v1" : ""));
  const kind = asString(target?.["kind"]) ?? (isKeda ? "Deployment" : "");
  return { kind: group === "" ? kind : `${group}/${kind}`, name: asString(target?.["name"]) ?? "" };
}

/** Whether an autoscaler scales this workload of its namespace. */
function targets(autoscaler: StackObject, workload: StackObject): boolean {
  const { kind, name } = targetOf(autoscaler);
  return name === workload.name && workload.kind === kind;
}

/** Namespace, kind and name of every object; undefined where one of them is not known yet. */
const everyName = derived((stack) =>
  unlessUnknown(
    () => new Set(stack.objects.map(({ namespace, kind, name }) => [namespace, kind, name].join(" "))),
    undefined,
  ),
);

/** Whether the stack has what an autoscaler scales. */
export function hasTarget(autoscaler: StackObject, stack: StackIndex): boolean {
  const { kind, name } = targetOf(autoscaler);
  return (
    everyName(stack)?.has([autoscaler.namespace, kind, name].join(" ")) ??
    stack.inNamespace(autoscaler.namespace).some((object) => targets(autoscaler, object))
  );
}

/** The first autoscaler of each kind for a workload; undefined where one of them is not known in full. */
const byTarget = derived((stack) =>
  unlessUnknown(() => {
    const found = new Map<string, StackObject>();
    for (const autoscaler of autoscalers.flatMap(({ kind }) => stack.ofKind(kind))) {
      const { kind, name } = targetOf(autoscaler);
      const key = [autoscaler.kind, autoscaler.namespace, kind, name].join(" ");
      if (!found.has(key)) found.set(key, autoscaler);
    }
    return found;
  }, undefined),
);

const labelsOfPods = new WeakMap<StackObject, Readonly<Record<string, string>>>();

/** The labels of a workload's pods. */
export function podLabels(workload: StackObject): Readonly<Record<string, string>> {
  const known = labelsOfPods.get(workload) ?? stringMap(at(workload.pod?.pod, "metadata", "labels"));
  labelsOfPods.set(workload, known);
  return known;
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
