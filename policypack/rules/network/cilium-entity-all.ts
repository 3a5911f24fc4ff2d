import { rule } from "../../engine/rule";

/** Cilium policies do not open to the entity all. */
export const ciliumEntityAll = rule({
  id: "network/cilium-entity-all",
  severity: "high",
  title: "Cilium policies do not open to the entity all",
  why: "The entity all is every pod, node and address inside and outside the cluster.",
  standards: { cis: ["5.3.2"], nsa: true, iso27002: ["8.20", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["cilium.io/CiliumNetworkPolicy", "cilium.io/CiliumClusterwideNetworkPolicy"],
  valid: `[object.?spec.orValue({})].all(s, s.?ingress.orValue([]).all(r, r.?fromEntities.orValue([]).all(e, e != "all")) &&
      s.?egress.orValue([]).all(r, r.?toEntities.orValue([]).all(e, e != "all"))) &&
    object.?specs.orValue([]).all(s, s.?ingress.orValue([]).all(r, r.?fromEntities.orValue([]).all(e, e != "all")) &&
      s.?egress.orValue([]).all(r, r.?toEntities.orValue([]).all(e, e != "all")))`,
  message: "opens to the entity all",
  field: "spec",
  remedy: "Name the endpoints, services, addresses or narrower entities.",
});
