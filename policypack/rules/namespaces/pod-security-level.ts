import { rule } from "../../engine/rule";
import { podSecurityLabel } from "../../../lib/labels";

const enforce = `object.metadata.?labels[?"${podSecurityLabel.enforce}"].orValue("")`;

/** Namespaces choose a Pod Security level. */
export const podSecurityLevel = rule({
  id: "namespaces/pod-security-level",
  severity: "high",
  title: "Namespaces choose a Pod Security level",
  why: "Without the label the level is the cluster's default, in most clusters privileged.",
  standards: { pss: "baseline", cis: ["5.2.1"], nsa: true, iso27002: ["8.9", "8.27"], kyverno: ["add-psa-labels"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["Namespace"],
  valid: `${enforce} in ["privileged", "baseline", "restricted"]`,
  message: "enforces no Pod Security level",
  field: "metadata.labels",
  remedy: "Set the label pod-security.kubernetes.io/enforce: restricted.",
});
