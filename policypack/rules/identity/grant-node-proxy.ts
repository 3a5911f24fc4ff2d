import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow access to the kubelet's API. */
export const grantNodeProxy = rule({
  id: "identity/grant-node-proxy",
  severity: "critical",
  title: "Roles do not allow access to the kubelet's API",
  why: "The kubelet runs commands in every pod of its node for who may use nodes/proxy, past admission and audit; get is enough. Reading metrics needs nodes/metrics only.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    cis: ["5.1.10"],
    checkov: ["CKV2_K8S_2"],
    trivy: ["KSV-0047"],
    kyverno: ["restrict-clusterrole-nodesproxy"],
    kubescape: ["C-0279"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: [""],
    resources: ["nodes/proxy"],
    verbs: ["get", "create", "update", "patch", "delete"],
    named: false,
  }),
  message: "allows access to the kubelet's API",
  field: "rules",
  remedy: "Give this right only to who needs it; use nodes/metrics, nodes/stats or nodes/log instead.",
});
