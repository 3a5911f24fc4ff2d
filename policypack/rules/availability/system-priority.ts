import { rule } from "../../engine/rule";

/** Only the cluster itself uses the system priority classes. */
export const systemPriority = rule({
  id: "availability/system-priority",
  severity: "medium",
  title: "Only the cluster itself uses the system priority classes",
  why: "A pod of these classes pushes any other from its node, the cluster's DNS and network agents included.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  scope: "owned",
  subject: "pod",
  valid: `!(pod.spec.?priorityClassName.orValue("") in ["system-cluster-critical", "system-node-critical"])`,
  message: "has the priority of the cluster's own parts",
  field: "spec.priorityClassName",
  remedy: "Use a priority class of the platform.",
});
