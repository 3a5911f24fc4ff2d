import { rule } from "../../engine/rule";
import { podSecurityLabel } from "../../../lib/labels";

/** CEL: rank of the level of one mode; unset is privileged. */
const rank = (key: string) =>
  `["privileged", "baseline", "restricted"].indexOf(object.metadata.?labels[?"${key}"].orValue("privileged"))`;

/** Namespaces warn about and audit at least what they enforce. */
export const podSecurityWarnings = rule({
  id: "namespaces/pod-security-warnings",
  severity: "low",
  title: "Namespaces warn about and audit at least what they enforce",
  why: "Enforcement sees pods only: a Deployment that can never start is accepted, and only the warning tells its author.",
  standards: { iso27002: ["8.15", "8.16"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["Namespace"],
  valid: `${rank(podSecurityLabel.audit)} >= ${rank(podSecurityLabel.enforce)} &&\n${rank(podSecurityLabel.warn)} >= ${rank(podSecurityLabel.enforce)}`,
  message: "warns about or audits less than it enforces",
  field: "metadata.labels",
  remedy: "Set the labels pod-security.kubernetes.io/warn and audit to the enforced level or restricted.",
});
