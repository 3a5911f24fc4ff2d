import { rule } from "../../engine/rule";
import { scaledKinds } from "./_scale";
import { spreadOver } from "./_spread";

/** The pods of a workload are spread over nodes. */
export const nodeSpread = rule({
  id: "availability/node-spread",
  severity: "low",
  title: "The pods of a workload are spread over nodes",
  why: "All replicas on one node are gone with that node.",
  standards: {
    iso27002: ["8.14"],
    kyverno: ["spread-pods", "create-pod-antiaffinity"],
    kubeScore: [
      "deployment-has-host-podantiaffinity",
      "statefulset-has-host-podantiaffinity",
      "pod-topology-spread-constraints",
    ],
    kubeLinter: ["no-anti-affinity"],
    polaris: ["topologySpreadConstraint"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "workload",
  kinds: scaledKinds,
  when: "object.spec.?replicas.orValue(1) > 1",
  // Pods in different zones are on different nodes as well.
  valid: spreadOver(["kubernetes.io/hostname", "topology.kubernetes.io/zone"]),
  message: "may have all its pods on one node",
  field: "spec.template.spec",
  remedy:
    "Add a topologySpreadConstraint on kubernetes.io/hostname, or pod anti-affinity, with a labelSelector that selects the workload's own pods.",
});
