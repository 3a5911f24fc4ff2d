import { rule } from "../../engine/rule";
import { labelledKinds, semanticVersion, written } from "./_labels";

/** The label app.kubernetes.io/version is a semantic version. */
export const versionFormat = rule({
  id: "labels/version-format",
  severity: "low",
  title: "The label app.kubernetes.io/version is a semantic version",
  why: "A version that cannot be compared cannot be checked against advisories or used to find what still runs an old release.",
  standards: { iso27002: ["5.9", "5.13"], mijnbureau: ["labels.rego: version"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: labelledKinds,
  when: written,
  valid: semanticVersion,
  message: "has a label app.kubernetes.io/version that is not a semantic version",
  field: "metadata.labels",
  remedy: "Write it as MAJOR.MINOR.PATCH, without a v.",
});
