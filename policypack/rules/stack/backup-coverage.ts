import { stackRule } from "../../engine/rule";
import { label } from "../../../lib/labels";
import { asList, asObject, at } from "../../../lib/json";
import { selects } from "../../engine/stack";
import type { StackObject } from "../../engine/stack";
import { templateSavesVolumes } from "../addons/_backup";
import { matchesPattern } from "./_selection";

function holdsData({ kind, object }: StackObject): boolean {
  const claims = kind === "apps/StatefulSet" && asList(at(object, "spec", "volumeClaimTemplates")).length > 0;
  return kind === "PersistentVolumeClaim" || kind === "postgresql.cnpg.io/Cluster" || claims;
}

/** Velero: no list, and the pattern `*`, mean every namespace; what is excluded is out whatever is included. */
export function covers({ object }: StackObject, namespace: string): boolean {
  const template = asObject(at(object, "spec", "template")) ?? {};
  const included = asList(template["includedNamespaces"]);
  return (
    at(object, "spec", "paused") !== true &&
    templateSavesVolumes(template) &&
    // A schedule for chosen objects says nothing about the rest of the namespace.
    selects(asObject(template["labelSelector"]) ?? {}, {}) &&
    asList(template["orLabelSelectors"]).length === 0 &&
    (included.length === 0 || matchesPattern(included, namespace)) &&
    !matchesPattern(asList(template["excludedNamespaces"]), namespace)
  );
}

/** Every namespace of the suite that holds data is in a backup schedule. */
export const backupCoverage = stackRule({
  id: "stack/backup-coverage",
  severity: "critical",
  title: "Every namespace of the suite that holds data is in a backup schedule",
  why: "What no schedule covers is gone with the first volume that is lost, and that shows on the day it is needed.",
  standards: { iso27002: ["8.13", "5.29"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "holds data and is in no backup schedule that saves its volumes",
  remedy:
    "Add the namespace to the includedNamespaces of a Velero Schedule, or leave it out of excludedNamespaces; the schedule must not leave out claims and volumes.",
  select: (stack) => stack.ownedNamespaces("suite"),
  concerns: (namespace, stack) =>
    namespace.labels[label.holdsData] === "true" || stack.inNamespace(namespace.name).some(holdsData),
  check: (namespace, stack) =>
    stack.ofKind("velero.io/Schedule").some((schedule) => covers(schedule, namespace.name)) ? [] : [{}],
});
