import { stackRule } from "../../engine/rule";
import { label } from "../../../lib/labels";
import { asList, at } from "../../../lib/json";
import type { StackObject } from "../../engine/stack";

const stateful: ReadonlySet<string> = new Set(["PersistentVolumeClaim", "postgresql.cnpg.io/Cluster"]);

function holdsData({ kind, object }: StackObject): boolean {
  return (
    stateful.has(kind) || (kind === "apps/StatefulSet" && asList(at(object, "spec", "volumeClaimTemplates")).length > 0)
  );
}

/** Namespaces that hold data are protected from deletion. */
export const dataProtection = stackRule({
  id: "namespaces/data-protection",
  severity: "high",
  title: "Namespaces that hold data are protected from deletion",
  why: "Deleting a namespace deletes its claims, and with them, under the usual reclaim policy, the volumes.",
  standards: { iso27002: ["8.10", "8.13", "5.33"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "holds data and may be deleted",
  remedy: 'Set the label mijnbureau-platform/holds-data: "true"; admission then refuses to delete the namespace.',
  select: (stack) => stack.ownedNamespaces(),
  check: (namespace, stack) =>
    namespace.labels[label.holdsData] !== "true" && stack.inNamespace(namespace.name).some(holdsData) ? [{}] : [],
});
