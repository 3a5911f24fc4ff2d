import { rule } from "../../engine/rule";

/** Reference grants name what they grant, and grant Secrets to Gateways only. */
export const referenceGrant = rule({
  id: "exposure/reference-grant",
  severity: "high",
  title: "Reference grants name what they grant, and grant Secrets to Gateways only",
  why: "A grant without a name opens every object of the kind in the namespace: each private key of it to every Gateway of the other.",
  standards: { iso27002: ["5.15", "8.22"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["gateway.networking.k8s.io/ReferenceGrant"],
  valid: `object.spec.?to.orValue([]).all(t, t.?name.orValue("") != "" &&
    (t.kind != "Secret" || object.spec.?from.orValue([]).all(f, f.kind in ["Gateway", "ListenerSet"])))`,
  message: "grants more than one named object, or a Secret to what is no Gateway",
  field: "spec",
  remedy: "Write one entry of to per object, with its name.",
});
