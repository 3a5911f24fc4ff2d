import { rule } from "../../engine/rule";
import { noName, notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow changing the cluster's own ConfigMaps. */
export const grantSystemConfigurationWrite = rule({
  id: "identity/grant-system-configuration-write",
  severity: "high",
  title: "Roles do not allow changing the cluster's own ConfigMaps",
  why: "kube-system holds the configuration of cluster DNS and, on some clouds, of who is administrator.",
  standards: { iso27002: ["5.15", "8.9"], trivy: ["KSV-0115"], kubescape: ["C-0037"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: `${notBootstrapped} && (object.kind == "ClusterRole" || object.metadata.?namespace.orValue("") == "kube-system")`,
  valid: notGranted({
    apiGroups: [""],
    resources: ["configmaps"],
    verbs: ["create", "update", "patch"],
    // Who is administrator (Amazon EKS; the aggregation layer), cluster DNS, and the settings of every node (kubeadm).
    named: noName("^(aws-auth|coredns|extension-apiserver-authentication|kube-proxy|kubeadm-config|kubelet-config)"),
  }),
  message: "allows changing the cluster's own configuration",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; use a Role in the namespace where it is needed.",
});
