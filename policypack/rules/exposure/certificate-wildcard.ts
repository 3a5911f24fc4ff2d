import { rule } from "../../engine/rule";

/** Certificates name their hosts. */
export const certificateWildcard = rule({
  id: "exposure/certificate-wildcard",
  severity: "medium",
  title: "Certificates name their hosts",
  why: "Whoever takes the key of a wildcard from one application speaks for every name of the domain.",
  standards: { iso27002: ["8.24"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["cert-manager.io/Certificate"],
  valid: `object.spec.?dnsNames.orValue([]).all(name, !name.contains("*")) && !object.spec.?commonName.orValue("").contains("*")`,
  message: "is for every name of a domain",
  field: "spec.dnsNames",
  remedy: "List the host names; cert-manager renews many certificates as easily as one.",
});
