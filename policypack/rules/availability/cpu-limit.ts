import { rule } from "../../engine/rule";
import { givenByLimitRange, limited, withResources } from "./_resources";

/** Containers have a limit on processor time. */
export const cpuLimit = rule({
  id: "availability/cpu-limit",
  severity: "low",
  title: "Containers have a limit on processor time",
  why: "A runaway process or a miner takes all idle processor time of the node; the quota of MijnBureau's namespaces counts limits too.",
  standards: {
    iso27002: ["8.6"],
    nsa: true,
    mijnbureau: ["containers.rego: limits"],
    checkov: ["CKV_K8S_11"],
    trivy: ["KSV-0011"],
    kyverno: ["require-pod-requests-limits"],
    kubeScore: ["container-resources"],
    kubeLinter: ["unset-cpu-requirements"],
    polaris: ["cpuLimitsMissing"],
    kubescape: ["C-0270"],
    gatekeeper: ["containerlimits"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "container",
  containers: withResources,
  valid: limited("cpu"),
  metBy: givenByLimitRange("cpu", "limits"),
  message: "has no limit on processor time",
  field: "resources.limits",
  remedy: "Set resources.limits.cpu, on the container or on the pod.",
});
