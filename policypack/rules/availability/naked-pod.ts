import { rule } from "../../engine/rule";

/** Pods belong to a controller. */
export const nakedPod = rule({
  id: "availability/naked-pod",
  severity: "low",
  title: "Pods belong to a controller",
  why: "Nobody starts a bare Pod again after its node is drained or lost.",
  standards: { iso27002: ["8.14"], kyverno: ["prevent-bare-pods"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "workload",
  kinds: ["Pod"],
  valid: `object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false)) ||
object.metadata.?annotations.orValue({})[?"helm.sh/hook"].orValue("") != ""`,
  message: "is a bare Pod",
  field: "metadata.ownerReferences",
  remedy: "Use a Deployment, StatefulSet or Job.",
});
