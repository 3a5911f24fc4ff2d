import { asString, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import type { StackIndex, StackObject } from "../../engine/stack";

/** What tells one place from another: provider, address and bucket. A second prefix in one bucket is no second place. */
function place({ object }: StackObject): string {
  const spec = (...keys: readonly string[]): string => asString(at(object, "spec", ...keys)) ?? "";
  return [spec("provider"), spec("config", "s3Url"), spec("config", "region"), spec("objectStorage", "bucket")].join(
    " ",
  );
}

function used(stack: StackIndex, namespace: string): ReadonlySet<string> {
  const here = (kind: string): readonly StackObject[] =>
    stack.ofKind(`velero.io/${kind}`).filter((each) => each.namespace === namespace);
  const locations = here("BackupStorageLocation");
  const byDefault = locations.find(({ object }) => at(object, "spec", "default") === true);
  const named = here("Schedule")
    .filter(({ object }) => at(object, "spec", "paused") !== true)
    .map(({ object }) => asString(at(object, "spec", "template", "storageLocation")) ?? byDefault?.name);
  return new Set(locations.filter(({ name }) => named.includes(name)).map(place));
}

/** Backups lie in two places. */
export const addonBackupSecondLocation = stackRule({
  id: "stack/addon-backup-second-location",
  severity: "medium",
  title: "Backups lie in two places",
  why: "One bucket, one account, one building: what destroys or encrypts it takes every backup along.",
  standards: { iso27002: ["8.13", "8.14", "5.29"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "is the only place that schedules write to",
  remedy: "Add a second BackupStorageLocation elsewhere, with object lock, and schedules that write to it.",
  select: (stack) => stack.ofKind("velero.io/BackupStorageLocation"),
  concerns: ({ object }) => asString(at(object, "spec", "accessMode")) !== "ReadOnly",
  check: (location, stack) => {
    const places = used(stack, location.namespace);
    return places.size === 1 && places.has(place(location)) ? [{}] : [];
  },
});
