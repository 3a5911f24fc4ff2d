import { rule } from "../../engine/rule";

/** Pods get time to stop. */
export const gracePeriod = rule({
  id: "availability/grace-period",
  severity: "low",
  title: "Pods get time to stop",
  why: "With zero the process is killed at once, in the middle of writing, and its name is given away while it may still run on a lost node.",
  standards: { iso27002: ["8.14"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  valid: "pod.spec.?terminationGracePeriodSeconds.orValue(30) > 0",
  message: "is killed without time to stop",
  field: "spec.terminationGracePeriodSeconds",
  remedy: "Remove terminationGracePeriodSeconds or set it above 0.",
});
