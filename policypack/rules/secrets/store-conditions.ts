import { rule } from "../../engine/rule";

/** Cluster secret stores name the namespaces that may use them. */
export const storeConditions = rule({
  id: "secrets/store-conditions",
  severity: "critical",
  title: "Cluster secret stores name the namespaces that may use them",
  why: "A cluster store without conditions hands every secret it can read to whoever may write an ExternalSecret in any namespace.",
  standards: { cis: ["5.4.2"], bio: ["5.15", "8.3", "8.24"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["external-secrets.io/ClusterSecretStore"],
  valid: `object.spec.?conditions.orValue([]).size() > 0 && object.spec.conditions.all(c,
      (c.?namespaces.orValue([]).size() > 0 && c.namespaces.all(n, n != "*")) ||
      (c.?namespaceRegexes.orValue([]).size() > 0 && c.namespaceRegexes.all(n, n != ".*")) ||
      c.?namespaceSelector.?matchLabels.orValue({}).size() > 0 ||
      c.?namespaceSelector.?matchExpressions.orValue([]).size() > 0)`,
  message: "may be used from every namespace",
  field: "spec.conditions",
  remedy: "Set spec.conditions: namespaceSelector, namespaces or namespaceRegexes.",
});
