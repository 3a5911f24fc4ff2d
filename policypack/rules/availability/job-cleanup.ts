import { rule } from "../../engine/rule";

/** Finished jobs are removed. */
export const jobCleanup = rule({
  id: "availability/job-cleanup",
  severity: "low",
  title: "Finished jobs are removed",
  why: "Finished pods keep logs, environment and addresses readable and fill the quota.",
  standards: { iso27002: ["8.6", "8.10"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "workload",
  kinds: ["batch/Job"],
  when: "object.metadata.?ownerReferences.orValue([]).size() == 0",
  valid: "object.spec.?ttlSecondsAfterFinished.hasValue()",
  message: "stays for ever once it has finished",
  field: "spec.ttlSecondsAfterFinished",
  remedy: "Set ttlSecondsAfterFinished.",
});
