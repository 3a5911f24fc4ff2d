import { rule } from "../../engine/rule";
import { scaledKinds } from "./_scale";
import { surelySpreadOver } from "./_spread";

/** The pods of a workload are spread over zones. */
export const zoneSpread = rule({
  id: "availability/zone-spread",
  severity: "low",
  title: "The pods of a workload are spread over zones",
  why: "All replicas in one zone are gone with that data centre.",
  standards: { iso27002: ["8.14", "5.30"], kubeScore: ["pod-topology-spread-constraints"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "workload",
  kinds: scaledKinds,
  when: "object.spec.?replicas.orValue(1) > 1",
  valid: surelySpreadOver(["topology.kubernetes.io/zone"]),
  message: "may have all its pods in one zone",
  field: "spec.template.spec",
  remedy:
    "Add a topologySpreadConstraint on topology.kubernetes.io/zone with a labelSelector that selects the workload's own pods.",
});
