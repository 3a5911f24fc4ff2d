import { rule } from "../../engine/rule";
import { sensitivePath } from "./_host-path";

/** Pods do not mount sensitive directories of the node. */
export const sensitiveHostPath = rule({
  id: "workload/sensitive-host-path",
  severity: "critical",
  title: "Pods do not mount sensitive directories of the node",
  why: "The root of the node, its configuration and processes, and the state of the kubelet, the runtime and etcd hold every credential of the node and of the pods on it, also through a read-only mount.",
  standards: {
    pss: "baseline",
    cis: ["5.2.11"],
    nsa: true,
    iso27002: ["8.3", "8.27"],
    trivy: ["KSV-0121"],
    kubeLinter: ["sensitive-host-mounts"],
    kubescape: ["C-0048"],
    gatekeeper: ["host-filesystem"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  valid: `pod.spec.?volumes.orValue([]).all(v, !${sensitivePath(`v.?hostPath.?path.orValue("none")`)})`,
  message: "mounts a sensitive directory of the node",
  field: "spec.volumes",
  remedy: "Remove the hostPath volume; an agent that needs it is exempted by name.",
});
