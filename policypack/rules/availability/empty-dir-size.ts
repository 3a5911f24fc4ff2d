import { rule } from "../../engine/rule";

/** Temporary volumes have a size limit. */
export const emptyDirSize = rule({
  id: "availability/empty-dir-size",
  severity: "low",
  title: "Temporary volumes have a size limit",
  why: "An emptyDir without a limit fills the node's disk, or with medium Memory its memory, for everybody on it.",
  standards: { iso27002: ["8.6"], kyverno: ["add-emptydir-sizelimit"], gatekeeper: [] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "pod",
  valid: "pod.spec.?volumes.orValue([]).all(v, !v.?emptyDir.hasValue() || v.emptyDir.?sizeLimit.hasValue())",
  message: "has a temporary volume without a size limit",
  field: "spec.volumes",
  remedy: "Set emptyDir.sizeLimit.",
});
