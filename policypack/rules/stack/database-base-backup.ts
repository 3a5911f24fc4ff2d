import { stackRule } from "../../engine/rule";
import { at } from "../../../lib/json";
import type { StackObject } from "../../engine/stack";

const CLUSTER = "postgresql.cnpg.io/Cluster";
const SCHEDULE = "postgresql.cnpg.io/ScheduledBackup";

/** An active schedule in the same namespace that names the Cluster. */
function saves({ object }: StackObject, name: unknown): boolean {
  return at(object, "spec", "cluster", "name") === name && at(object, "spec", "suspend") !== true;
}

/** Every database has base backups on a schedule: the archive of its log is of use from one of them on. */
export const databaseBaseBackup = stackRule({
  id: "stack/database-base-backup",
  severity: "critical",
  title: "Every database has base backups on a schedule",
  why: "The write-ahead log continues a base backup. Without one, or with one from last year, nothing is restored, or not in time.",
  standards: { iso27002: ["8.13", "5.29"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "holds a database that no ScheduledBackup saves",
  remedy: "Add a ScheduledBackup of postgresql.cnpg.io to its namespace that names the Cluster, and do not suspend it.",
  select: (stack) => stack.ownedNamespaces("suite"),
  concerns: ({ name }, stack) => stack.ofKind(CLUSTER, name).length > 0,
  check: (namespace, stack) =>
    stack
      .ofKind(CLUSTER, namespace.name)
      .filter(({ name }) => !stack.ofKind(SCHEDULE, namespace.name).some((schedule) => saves(schedule, name)))
      .map(({ name }) => ({ message: `holds the database ${name}, which no ScheduledBackup saves` })),
});
