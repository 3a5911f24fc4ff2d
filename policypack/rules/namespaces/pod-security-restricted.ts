import { rule } from "../../engine/rule";
import { podSecurityLabel } from "../../../lib/labels";

/** Namespaces of the suite enforce restricted Pod Security. */
export const podSecurityRestricted = rule({
  id: "namespaces/pod-security-restricted",
  severity: "high",
  title: "Namespaces of the suite enforce restricted Pod Security",
  why: "MijnBureau asks for restricted in all its namespaces: below it, pods may run as root and keep capabilities.",
  standards: { pss: "restricted", cis: ["5.2.1"], nsa: true, iso27002: ["8.9", "8.27"], kyverno: ["add-psa-labels"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: ["Namespace"],
  valid: `object.metadata.?labels[?"${podSecurityLabel.enforce}"].orValue("") == "restricted"`,
  message: "does not enforce restricted Pod Security",
  field: "metadata.labels",
  remedy: "Set the label pod-security.kubernetes.io/enforce: restricted.",
});
