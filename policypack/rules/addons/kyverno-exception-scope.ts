import { rule } from "../../engine/rule";

/** Exceptions from Kyverno policies name what they except. */
export const kyvernoExceptionScope = rule({
  id: "addons/kyverno-exception-scope",
  severity: "high",
  title: "Exceptions from Kyverno policies name what they except",
  why: "An exception without conditions switches its policies off for the whole cluster.",
  standards: { iso27002: ["8.9", "5.36"], kyverno: ["policy-for-exceptions"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["policies.kyverno.io/PolicyException", "kyverno.io/PolicyException"],
  valid: `object.spec.?matchConditions.orValue([]).exists(c, c.expression != "true") ||
    object.spec.?conditions.?all.orValue([]).size() > 0 ||
    (object.spec.?match.?any.orValue([]).size() > 0 && object.spec.match.any.all(m,
      (m.?resources.?namespaces.orValue([]).size() > 0 && m.resources.namespaces.all(n, n != "*")) ||
      (m.?resources.?names.orValue([]).size() > 0 && m.resources.names.all(n, n != "*"))))`,
  message: "excepts everything",
  field: "spec",
  remedy: "Add matchConditions (policies.kyverno.io), or kinds with names or namespaces under match.",
});
