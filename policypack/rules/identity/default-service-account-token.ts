import { rule } from "../../engine/rule";
import { mountsNoneByAccount } from "./_token";

/** Pods do not mount the token of the default service account. */
export const defaultServiceAccountToken = rule({
  id: "identity/default-service-account-token",
  severity: "medium",
  title: "Pods do not mount the token of the default service account",
  why: "All pods without an account of their own share this identity: rights given to it for one reach all, and the audit log cannot tell them apart.",
  standards: {
    cis: ["5.1.5"],
    iso27002: ["5.15", "8.5"],
    kubeLinter: ["default-service-account"],
    kubescape: ["C-0189"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  valid: `!pod.spec.?automountServiceAccountToken.orValue(true) ||
!(pod.spec.?serviceAccountName.orValue(pod.spec.?serviceAccount.orValue("")) in ["", "default"])`,
  metBy: ({ object }, stack) => mountsNoneByAccount(object, stack),
  message: "mounts the token of the default service account",
  field: "spec.serviceAccountName",
  remedy: "Set automountServiceAccountToken: false, or name a service account of the workload's own.",
});
