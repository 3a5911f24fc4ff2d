import { label } from "../../../lib/labels";
import { serviceAccountOf } from "../../engine/defaults";
import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { selects } from "../../engine/stack";
import type { StackIndex, StackObject } from "../../engine/stack";
import { podLabels, replicasOf, scaledKinds } from "../availability/_scale";
import { hasBudget, ownedWorkloads, policiesOn } from "./_selection";
import { covers } from "./backup-coverage";

const kinds: readonly string[] = ["apps/DaemonSet", "apps/Deployment", "apps/StatefulSet"];

interface Guard {
  readonly name: string;
  /** Whether it is there, or not needed. */
  readonly stands: (workload: StackObject, stack: StackIndex) => boolean;
}

const specOf = (workload: StackObject): JsonObject => asObject(at(workload.pod?.pod, "spec")) ?? {};

const networkGuard = (direction: "Ingress" | "Egress"): Guard => ({
  name: `a network policy for ${direction.toLowerCase()}`,
  stands: (workload, stack) =>
    specOf(workload)["hostNetwork"] === true || policiesOn(workload, direction, stack).length > 0,
});

function isBudgeted(workload: StackObject, stack: StackIndex): boolean {
  const several = scaledKinds.some((kind) => kind === workload.kind) && replicasOf(stack, workload).least > 1;
  return !several || hasBudget(workload, stack);
}

function isBackedUp(workload: StackObject, stack: StackIndex): boolean {
  const keepsData =
    asList(at(workload.object, "spec", "volumeClaimTemplates")).length > 0 ||
    asObjects(specOf(workload)["volumes"]).some((volume) => volume["persistentVolumeClaim"] !== undefined);
  return !keepsData || stack.ofKind("velero.io/Schedule").some((schedule) => covers(schedule, workload.namespace));
}

/** A port that is named for metrics is there to be scraped. */
function isMonitored(workload: StackObject, stack: StackIndex): boolean {
  const ports = asObjects(specOf(workload)["containers"]).flatMap((container) => asObjects(container["ports"]));
  if (!ports.some((port) => (asString(port["name"]) ?? "").includes("metrics"))) return true;
  const services = stack
    .ofKind("Service", workload.namespace)
    .filter((service) =>
      selects({ matchLabels: asObject(at(service.object, "spec", "selector")) ?? {} }, podLabels(workload)),
    );
  const selected = (kind: string, labels: Readonly<Record<string, string>>): boolean =>
    stack.ofKind(kind).some(({ object }) => selects(asObject(at(object, "spec", "selector")) ?? {}, labels));
  return (
    selected("monitoring.coreos.com/PodMonitor", podLabels(workload)) ||
    services.some((service) => selected("monitoring.coreos.com/ServiceMonitor", service.labels))
  );
}

/** Each is a rule of its own as well, which asks more closely. */
const guards: readonly Guard[] = [
  { name: "a service account of its own", stands: (workload) => serviceAccountOf(specOf(workload)) !== "default" },
  networkGuard("Ingress"),
  networkGuard("Egress"),
  { name: "a disruption budget", stands: isBudgeted },
  { name: "a quota", stands: ({ namespace }, stack) => stack.ofKind("ResourceQuota", namespace).length > 0 },
  { name: "a backup schedule", stands: isBackedUp },
  { name: "a monitor", stands: isMonitored },
  {
    name: "an owner",
    stands: ({ namespace }, stack) => (stack.namespace(namespace)?.labels[label.owner] ?? "") !== "",
  },
];

/** Whatever runs has everything around it that keeps it safe: one view of a workload over all the objects beside it. */
export const workloadGuards = stackRule({
  id: "stack/workload-guards",
  severity: "medium",
  title: "Workloads have an account, policies, a budget, a quota, backups, a monitor and an owner",
  why: "Each guard is in another object, and the one that was forgotten shows on the day it is needed.",
  standards: { iso27002: ["5.9", "8.6", "8.13", "8.14", "8.16", "8.22"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "lacks a guard",
  remedy:
    "Add the missing objects, or make the namespace with the platform's SecureNamespace, which brings most of them.",
  select: (stack) => ownedWorkloads(stack).filter(({ kind }) => kinds.includes(kind)),
  check: (workload, stack) => {
    const missing = guards.filter(({ stands }) => !stands(workload, stack)).map(({ name }) => name);
    return missing.length === 0
      ? []
      : [{ message: `has no ${missing.map((name) => name.replace(/^an? /, "")).join(", no ")}` }];
  },
});
