import { rule } from "../../engine/rule";
import { namespacedKinds } from "./_kinds";

/** Nothing runs in the namespace default. */
export const defaultNamespace = rule({
  id: "namespaces/default-namespace",
  severity: "medium",
  title: "Nothing runs in the namespace default",
  why: "default has no Pod Security level, no quota and no network policy, and everything that forgot its namespace shares it.",
  standards: {
    cis: ["5.6.4"],
    nsa: true,
    iso27002: ["8.22", "8.31"],
    checkov: ["CKV_K8S_21"],
    trivy: ["KSV-0110"],
    kyverno: ["disallow-default-namespace"],
    kubeLinter: ["use-namespace"],
    kubescape: ["C-0061", "C-0212"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  scope: "cluster",
  subject: "object",
  kinds: namespacedKinds,
  // The three objects that Kubernetes itself keeps there.
  when: `!(object.metadata.?name.orValue("") in ["default", "kube-root-ca.crt", "kubernetes"])`,
  // One without a namespace is another rule's, `namespaces/namespace-set`: where it lands is decided by who applies it.
  valid: `object.metadata.?namespace.orValue("") != "default"`,
  message: "is in the namespace default",
  field: "metadata.namespace",
  remedy: "Set metadata.namespace to a namespace that the platform made.",
  notAtAdmission: "Admission policies are bound to the namespaces that the program owns, and default is not one.",
});
