import { rule } from "../../engine/rule";

/** Pods are placed by the scheduler. */
export const nodeName = rule({
  id: "workload/node-name",
  severity: "medium",
  title: "Pods are placed by the scheduler",
  why: "nodeName bypasses the scheduler and with it taints, among them those that keep workloads off the control plane.",
  standards: { iso27002: ["8.27"], kyverno: ["restrict-node-selection"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  when: `object.?status.?hostIP.orValue("") == ""`,
  // A bare Pod read back from a cluster carries the node that the scheduler chose; it then also has a host address.
  valid: `pod.spec.?nodeName.orValue("") == ""`,
  message: "is bound to a node by name",
  field: "spec.nodeName",
  remedy: "Use a node selector or affinity on a label instead.",
});
