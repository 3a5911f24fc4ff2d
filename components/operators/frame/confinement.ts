import type { Manifest } from "../../kubernetes-object";
import type { ChartPatch } from "./patch";
import type { Facts } from "./facts";
import type { JsonObject } from "./manifest";
import { mergeObject } from "./normalise";

const confined: JsonObject = { securityContext: { appArmorProfile: { type: "RuntimeDefault" } } };
const template: JsonObject = { template: { spec: confined } };

/** Where each kind keeps the specification of its pods; the last two are Prometheus' operator's. */
const specs: Readonly<Record<string, JsonObject>> = {
  Deployment: template,
  StatefulSet: template,
  DaemonSet: template,
  Job: template,
  CronJob: { jobTemplate: { spec: template } },
  Alertmanager: confined,
  Prometheus: confined,
};

/**
 * Names the runtime's AppArmor profile where the stack says that its nodes have AppArmor. Unnamed it is the runtime's
 * choice, and a node without AppArmor would run the pod unconfined instead of refusing it (Kubernetes, "AppArmor").
 */
export function confinement({ cluster }: Pick<Facts, "cluster">): ChartPatch[] {
  if (!cluster.appArmor) return [];
  return Object.entries(specs).map(([kind, spec]) => ({
    kind,
    patch: { spec },
    reason: "The nodes have AppArmor: the profile is named, so that no node runs the pod without.",
  }));
}

/** The same for an object of our own. */
export function confine(object: Manifest, patches: readonly ChartPatch[]): Manifest {
  return patches
    .filter(({ kind }) => kind === object.kind)
    .reduce<Manifest>((changed, { patch }) => ({ ...changed, ...mergeObject(changed, patch) }), object);
}
