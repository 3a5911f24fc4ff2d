import { rule } from "../../engine/rule";

/** Services are no aliases of names elsewhere. */
export const externalName = rule({
  id: "exposure/external-name",
  severity: "medium",
  title: "Services are no aliases of names elsewhere",
  why: "Whoever edits an ExternalName service redirects the clients, and an ingress controller that follows it is a way to internal addresses.",
  standards: { iso27002: ["8.20", "8.22"], kyverno: ["disallow-localhost-services"] },
  levels: { baseline: "off", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["Service"],
  valid: `object.spec.?type.orValue("") != "ExternalName"`,
  message: "is an alias of a name outside",
  field: "spec.externalName",
  remedy: "Configure the name where it is used, and allow it by network policy.",
});
