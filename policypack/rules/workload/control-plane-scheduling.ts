import { rule } from "../../engine/rule";
import { controlPlaneKeys } from "./_control-plane";

const keys = controlPlaneKeys.map((key) => `"${key}"`).join(", ");

/** Pods do not ask to run on control-plane nodes. */
export const controlPlaneScheduling = rule({
  id: "workload/control-plane-scheduling",
  severity: "high",
  title: "Pods do not ask to run on control-plane nodes",
  why: "A workload on a control-plane node is one escape away from etcd and the API server's keys. Agents of a DaemonSet that must watch every node are left out.",
  standards: { nsa: true, iso27002: ["8.22", "8.27"], kyverno: ["restrict-controlplane-scheduling"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  when: `object.kind != "DaemonSet" && !object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == "DaemonSet")`,
  valid: `pod.spec.?tolerations.orValue([]).all(t, !(t.?key.orValue("") in ["", ${keys}])) &&
pod.spec.?nodeSelector.orValue({}).all(k, !(k in [${keys}])) &&
pod.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution.?nodeSelectorTerms.orValue([]).all(t,
  t.?matchExpressions.orValue([]).all(e, !(e.key in [${keys}]) || e.operator in ["DoesNotExist", "NotIn"]))`,
  message: "asks to run on control-plane nodes",
  remedy: "Remove the toleration of the control-plane taint (or of every taint), the node selector and the affinity.",
});
