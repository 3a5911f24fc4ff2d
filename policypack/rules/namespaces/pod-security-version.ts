import { rule } from "../../engine/rule";
import { podSecurityLabel } from "../../../lib/labels";

/** Namespaces pin the version of their Pod Security level. */
export const podSecurityVersion = rule({
  id: "namespaces/pod-security-version",
  severity: "low",
  title: "Namespaces pin the version of their Pod Security level",
  why: "With latest, an upgrade of the cluster changes what is allowed, at the moment that pods are restarted: 678 of 18,188 public pod templates change verdict between v1.33 and v1.37.",
  standards: { cis: ["5.2.1"], iso27002: ["8.9", "8.32"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["Namespace"],
  valid: `object.metadata.?labels[?"${podSecurityLabel.enforceVersion}"].orValue("latest").matches("^v1[.](0|[1-9][0-9]*)$")`,
  message: "does not pin the version of its Pod Security level",
  field: "metadata.labels",
  remedy:
    "Set the label pod-security.kubernetes.io/enforce-version to the cluster's minor version, and raise it deliberately.",
});
