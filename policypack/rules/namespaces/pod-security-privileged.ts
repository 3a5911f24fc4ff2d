import { rule } from "../../engine/rule";
import { podSecurityLabel } from "../../../lib/labels";

/** Namespaces do not enforce the level privileged. */
export const podSecurityPrivileged = rule({
  id: "namespaces/pod-security-privileged",
  severity: "medium",
  title: "Namespaces do not enforce the level privileged",
  why: "privileged lets everything through, for every pod of the namespace and not only for the agent that needs it.",
  standards: {
    pss: "baseline",
    cis: ["5.2.1"],
    nsa: true,
    iso27002: ["8.9", "8.27"],
    kyverno: ["deny-privileged-profile"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["Namespace"],
  valid: `object.metadata.?labels[?"${podSecurityLabel.enforce}"].orValue("") != "privileged"`,
  message: "enforces the Pod Security level privileged, which allows everything",
  field: "metadata.labels",
  remedy: "Move the agent that needs it to a namespace of its own, and exempt that by name.",
});
