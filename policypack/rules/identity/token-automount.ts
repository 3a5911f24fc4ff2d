import { rule } from "../../engine/rule";
import { asObject } from "../../../lib/json";
import { mountsNoneByAccount } from "./_token";

/** Pods mount no token of the API server. */
export const tokenAutomount = rule({
  id: "identity/token-automount",
  severity: "low",
  title: "Pods mount no token of the API server",
  why: "A stolen token speaks to the API server as the workload; most workloads never do.",
  standards: {
    cis: ["5.1.6"],
    nsa: true,
    iso27002: ["5.15", "8.5"],
    checkov: ["CKV_K8S_38"],
    trivy: ["KSV-0036"],
    kyverno: ["restrict-automount-sa-token"],
    gatekeeper: ["automount-serviceaccount-token"],
    polaris: ["automountServiceAccountToken"],
    kubescape: ["C-0034", "C-0190", "C-0261"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "pod",
  valid: "!pod.spec.?automountServiceAccountToken.orValue(true)",
  metBy: ({ object }, stack) => mountsNoneByAccount(object, stack),
  message: "mounts a token for the API server",
  field: "spec.automountServiceAccountToken",
  remedy: "Set automountServiceAccountToken: false; exempt workloads that call the API.",
  remediate: (pod) => ({ ...pod, spec: { ...asObject(pod["spec"]), automountServiceAccountToken: false } }),
});
