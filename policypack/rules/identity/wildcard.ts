import { rule } from "../../engine/rule";
import { notBootstrapped, roleKinds } from "./_rbac";

/** Roles name what they allow. */
export const wildcard = rule({
  id: "identity/wildcard",
  severity: "high",
  title: "Roles name what they allow",
  why: "A wildcard also gives what does not exist yet: new verbs, resources and groups are added with every upgrade and operator.",
  standards: {
    cis: ["5.1.3"],
    nsa: true,
    iso27002: ["5.15", "5.18", "8.2"],
    checkov: ["CKV_K8S_49"],
    trivy: ["KSV-0044", "KSV-0045", "KSV-0046", "KSV-0112"],
    kyverno: ["restrict-wildcard-resources", "restrict-wildcard-verbs"],
    kubeLinter: ["wildcard-in-rules"],
    kubescape: ["C-0187"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: `object.?rules.orValue([]).all(r,
  (r.?apiGroups.orValue([]) + r.?resources.orValue([]) + r.?verbs.orValue([]) + r.?nonResourceURLs.orValue([])).all(s, s != "*" && s != "/*" && !s.startsWith("*/")))`,
  message: "allows by wildcard",
  field: "rules",
  remedy: "List the API groups, resources and verbs that are needed.",
});
