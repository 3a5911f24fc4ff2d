import { rule } from "../../engine/rule";

/** Workloads have a service account of their own. */
export const dedicatedServiceAccount = rule({
  id: "identity/dedicated-service-account",
  severity: "low",
  title: "Workloads have a service account of their own",
  why: "Without it the workload cannot be given rights, an image pull secret or a cloud identity that others do not get too.",
  standards: {
    cis: ["5.1.5"],
    iso27002: ["5.15", "8.5"],
    mijnbureau: ["containers.rego: service account"],
    kubeLinter: ["default-service-account"],
    kubescape: ["C-0189"],
    checkov: ["CKV_K8S_42"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "pod",
  valid: `!(pod.spec.?serviceAccountName.orValue(pod.spec.?serviceAccount.orValue("")) in ["", "default"])`,
  message: "uses the default service account",
  field: "spec.serviceAccountName",
  remedy: "Name a service account made for it in serviceAccountName.",
});
