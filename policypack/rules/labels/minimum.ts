import { rule } from "../../engine/rule";
import { labelledKinds, minimumLabels, objectLabels, written } from "./_labels";

/** Objects carry the minimum labels name, instance and version. */
export const minimum = rule({
  id: "labels/minimum",
  severity: "low",
  title: "Objects carry the minimum labels name, instance and version",
  why: "Without them nobody can tell which app, which installation and which release an object belongs to: not for an incident, not for a backup, not for a network policy.",
  standards: {
    iso27002: ["5.9", "5.13"],
    mijnbureau: ["labels.rego: minimum labels"],
    gatekeeper: ["requiredlabels"],
    kyverno: ["require-labels"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: labelledKinds,
  when: written,
  valid: `${minimumLabels}.all(key, key in ${objectLabels})`,
  message: "lacks app.kubernetes.io/name, instance or version",
  field: "metadata.labels",
  remedy: "Add the labels app.kubernetes.io/name, app.kubernetes.io/instance and app.kubernetes.io/version.",
});
