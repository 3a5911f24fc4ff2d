import { rule } from "../../engine/rule";

/** Jobs end in time. */
export const jobDeadline = rule({
  id: "availability/job-deadline",
  severity: "low",
  title: "Jobs end in time",
  why: "A job that hangs keeps its memory, its locks and its place in the quota for ever.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "workload",
  kinds: ["batch/Job", "batch/CronJob"],
  valid: `object.spec.?activeDeadlineSeconds.hasValue() || object.spec.?jobTemplate.?spec.?activeDeadlineSeconds.hasValue() ||
pod.spec.?activeDeadlineSeconds.hasValue()`,
  message: "may run for ever",
  field: "spec.activeDeadlineSeconds",
  remedy: "Set activeDeadlineSeconds.",
});
