import { rule } from "../../engine/rule";
import { givenByLimitRange, limited, withResources } from "./_resources";

/** Containers have a memory limit. */
export const memoryLimit = rule({
  id: "availability/memory-limit",
  severity: "medium",
  title: "Containers have a memory limit",
  why: "A leak or an intruder then takes the memory of the whole node, and the kernel chooses whose pods die.",
  standards: {
    iso27002: ["8.6"],
    nsa: true,
    mijnbureau: ["containers.rego: limits"],
    checkov: ["CKV_K8S_13"],
    trivy: ["KSV-0018"],
    kyverno: ["require-pod-requests-limits"],
    kubeScore: ["container-resources"],
    kubeLinter: ["unset-memory-requirements"],
    polaris: ["memoryLimitsMissing"],
    kubescape: ["C-0271"],
    gatekeeper: ["containerlimits"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  containers: withResources,
  valid: limited("memory"),
  metBy: givenByLimitRange("memory", "limits"),
  message: "has no limit on memory",
  field: "resources.limits",
  remedy: "Set resources.limits.memory, on the container or on the pod.",
});
