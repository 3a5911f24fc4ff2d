import { rule } from "../../engine/rule";

/** Scheduled jobs say how late they may start. */
export const cronjobDeadline = rule({
  id: "availability/cronjob-deadline",
  severity: "low",
  title: "Scheduled jobs say how late they may start",
  why: 'After a hundred missed runs a CronJob without a deadline is never started again (Kubernetes documentation, "CronJob").',
  standards: { iso27002: ["8.6"], kubeScore: ["cronjob-has-deadline"], polaris: [] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "workload",
  kinds: ["batch/CronJob"],
  valid: "object.spec.?startingDeadlineSeconds.hasValue()",
  message: "does not say how late it may start",
  field: "spec.startingDeadlineSeconds",
  remedy: "Set startingDeadlineSeconds.",
});
