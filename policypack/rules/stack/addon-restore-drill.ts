import { stackRule } from "../../engine/rule";
import type { StackObject } from "../../engine/stack";
import { at } from "../../../lib/json";
import { commandOf, containersOf } from "./_addon";

/** A job that restores: `velero restore create`, or a Restore that it applies. */
function restores(job: StackObject): boolean {
  const suspended = at(job.object, "spec", "suspend") === true;
  return (
    !suspended &&
    containersOf(job).some((container) => {
      const command = commandOf(container).join(" ");
      return /\bvelero\b[^\n]*\brestore\b[^\n]*\bcreate\b/.test(command) || /kind: *"?Restore\b/.test(command);
    })
  );
}

/** Backups are restored on a schedule. */
export const addonRestoreDrill = stackRule({
  id: "stack/addon-restore-drill",
  severity: "medium",
  title: "Backups are restored on a schedule",
  why: "A backup that was never restored is a hope: keys that are gone, volumes that were left out and rights that are missing show on the day of the loss.",
  standards: { iso27002: ["8.13", "5.30"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "makes backups that no job restores",
  remedy: "Add a CronJob that restores a backup into a namespace of its own (setting drill of the operator velero).",
  // One finding per Velero, on its first schedule.
  select: (stack) => {
    // Who patches a schedule does not say that it is the stack's own.
    const schedules = stack.ofKind("velero.io/Schedule").filter(({ isPart }) => !isPart);
    return schedules.filter(
      (each, index) => schedules.findIndex(({ shown }) => shown.namespace === each.shown.namespace) === index,
    );
  },
  check: (_schedule, stack) => (stack.ofKind("batch/CronJob").some(restores) ? [] : [{}]),
});
