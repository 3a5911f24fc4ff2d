import { rule } from "../../engine/rule";
import { givenByLimitRange, requested, withResources } from "./_resources";

/** Containers request memory. */
export const memoryRequest = rule({
  id: "availability/memory-request",
  severity: "medium",
  title: "Containers request memory",
  why: "Without a request the scheduler puts any number of pods on one node, and the kernel kills this one first when memory runs out.",
  standards: {
    iso27002: ["8.6"],
    mijnbureau: ["containers.rego: requests"],
    checkov: ["CKV_K8S_12"],
    trivy: ["KSV-0016"],
    kyverno: ["require-pod-requests-limits"],
    kubeScore: ["container-resources"],
    kubeLinter: ["unset-memory-requirements"],
    polaris: ["memoryRequestsMissing"],
    kubescape: ["C-0269"],
    gatekeeper: ["containerrequests"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  containers: withResources,
  valid: requested("memory"),
  metBy: givenByLimitRange("memory", "requests"),
  message: "requests no memory",
  field: "resources.requests",
  remedy: "Set resources.requests.memory, on the container or on the pod.",
});
