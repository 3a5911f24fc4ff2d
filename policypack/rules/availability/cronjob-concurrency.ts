import { rule } from "../../engine/rule";

/** Scheduled jobs do not overlap. */
export const cronjobConcurrency = rule({
  id: "availability/cronjob-concurrency",
  severity: "low",
  title: "Scheduled jobs do not overlap",
  why: "A slow run is joined by the next and the next, on the same data and in the same quota.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "workload",
  kinds: ["batch/CronJob"],
  valid: `object.spec.?concurrencyPolicy.orValue("Allow") != "Allow"`,
  message: "may run several times at once",
  field: "spec.concurrencyPolicy",
  remedy: "Set concurrencyPolicy: Forbid or Replace.",
});
