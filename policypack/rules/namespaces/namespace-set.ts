import { rule } from "../../engine/rule";
import { namespacedKinds } from "./_kinds";

/** Objects name their namespace. */
export const namespaceSet = rule({
  id: "namespaces/namespace-set",
  severity: "low",
  title: "Objects name their namespace",
  why: "An object without a namespace lands wherever the person or pipeline that applies it happens to look. Objects of the cluster have none, and are not asked for one.",
  standards: {
    iso27002: ["8.9", "8.31"],
    checkov: ["CKV_K8S_21"],
    trivy: ["KSV-0110"],
    kyverno: ["disallow-default-namespace"],
    kubeLinter: ["use-namespace"],
    kubescape: ["C-0061", "C-0212"],
    mijnbureau: ["namespace.rego: namespace"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  scope: "cluster",
  subject: "object",
  kinds: namespacedKinds,
  valid: `object.metadata.?namespace.orValue("") != ""`,
  message: "names no namespace",
  field: "metadata.namespace",
  remedy: "Set metadata.namespace.",
  notAtAdmission: "By then the API server has filled in the namespace of the request.",
});
