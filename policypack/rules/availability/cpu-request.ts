import { rule } from "../../engine/rule";
import { givenByLimitRange, requested, withResources } from "./_resources";

/** Containers request processor time. */
export const cpuRequest = rule({
  id: "availability/cpu-request",
  severity: "medium",
  title: "Containers request processor time",
  why: "Without a request the scheduler puts any number of pods on one node, and under load this one gets nothing.",
  standards: {
    iso27002: ["8.6"],
    mijnbureau: ["containers.rego: requests"],
    checkov: ["CKV_K8S_10"],
    trivy: ["KSV-0015"],
    kyverno: ["require-pod-requests-limits"],
    kubeScore: ["container-resources"],
    kubeLinter: ["unset-cpu-requirements"],
    polaris: ["cpuRequestsMissing"],
    kubescape: ["C-0268"],
    gatekeeper: ["containerrequests"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  containers: withResources,
  valid: requested("cpu"),
  metBy: givenByLimitRange("cpu", "requests"),
  message: "requests no processor time",
  field: "resources.requests",
  remedy: "Set resources.requests.cpu, on the container or on the pod.",
});
