import { rule } from "../../engine/rule";

/** Pods do not redirect host names. */
export const hostAliases = rule({
  id: "workload/host-aliases",
  severity: "medium",
  title: "Pods do not redirect host names",
  why: "An entry in /etc/hosts overrides DNS for every program of the pod, so traffic meant for one party reaches another; pointing a name at the pod itself only blocks it, and is allowed.",
  standards: { iso27002: ["8.20"], trivy: ["KSV-0007"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  valid: `pod.spec.?hostAliases.orValue([]).all(a, a.ip.startsWith("127.") || a.ip == "::1")`,
  message: "redirects host names with hostAliases",
  field: "spec.hostAliases",
  remedy: "Use a Service or DNS.",
});
