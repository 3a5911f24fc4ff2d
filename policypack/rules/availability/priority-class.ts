import { rule } from "../../engine/rule";

/** Pods have a priority class. */
export const priorityClass = rule({
  id: "availability/priority-class",
  severity: "low",
  title: "Pods have a priority class",
  why: "When room runs out, pods without a class are the first to be moved or never placed, whatever they do.",
  standards: { iso27002: ["8.6", "8.14"], kubeLinter: [], polaris: ["priorityClassNotSet"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "pod",
  valid: `pod.spec.?priorityClassName.orValue("") != ""`,
  message: "has no priority class",
  field: "spec.priorityClassName",
  remedy: "Set priorityClassName.",
});
