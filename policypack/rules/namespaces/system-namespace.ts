import { rule } from "../../engine/rule";
import { namespacedKinds } from "./_kinds";

/** Nothing is added to the namespaces of Kubernetes. */
export const systemNamespace = rule({
  id: "namespaces/system-namespace",
  severity: "medium",
  title: "Nothing is added to the namespaces of Kubernetes",
  why: "kube-system holds credentials of the cluster itself, and most policies and network rules leave it alone.",
  standards: {
    nsa: true,
    iso27002: ["8.22", "8.31"],
    checkov: ["CKV_K8S_21"],
    trivy: ["KSV-0037"],
    kubescape: ["C-0212"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "advisory" },
  scope: "cluster",
  subject: "object",
  kinds: namespacedKinds,
  valid: `!(object.metadata.?namespace.orValue("") in ["kube-node-lease", "kube-public", "kube-system"])`,
  message: "is in a namespace of Kubernetes itself",
  field: "metadata.namespace",
  remedy: "Set metadata.namespace to a namespace of its own.",
  notAtAdmission: "The cluster's own components live there and are not the program's to judge.",
});
