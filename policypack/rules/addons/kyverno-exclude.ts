import { rule } from "../../engine/rule";

/** Kyverno policies do not exclude everything. */
export const kyvernoExclude = rule({
  id: "addons/kyverno-exclude",
  severity: "high",
  title: "Kyverno policies exclude by name",
  why: "A policy that excludes every namespace or every resource judges nothing, and still shows as ready.",
  standards: { iso27002: ["8.9", "5.36"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "policies.kyverno.io/ValidatingPolicy",
    "policies.kyverno.io/ImageValidatingPolicy",
    "policies.kyverno.io/MutatingPolicy",
    "kyverno.io/ClusterPolicy",
    "kyverno.io/Policy",
  ],
  valid: `object.spec.?matchConstraints.?excludeResourceRules.orValue([]).all(r, r.?resourceNames.orValue([]).size() > 0 ||
      !(r.?apiGroups.orValue([]).exists(g, g == "*") && r.?resources.orValue([]).exists(name, name == "*" || name == "*/*"))) &&
    object.spec.?rules.orValue([]).all(r, r.?exclude.?any.orValue([]).all(e,
      !(e.?resources.?namespaces.orValue([]) + e.?resources.?names.orValue([])).exists(name, name == "*")))`,
  message: "excludes everything",
  field: "spec",
  remedy: "Name the namespaces or resources that are excluded.",
});
