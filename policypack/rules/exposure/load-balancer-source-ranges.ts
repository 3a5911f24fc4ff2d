import { rule } from "../../engine/rule";

/** Load balancers name who may reach them. */
export const loadBalancerSourceRanges = rule({
  id: "exposure/load-balancer-source-ranges",
  severity: "medium",
  title: "Load balancers name who may reach them",
  why: "A load balancer without source ranges is open to the whole internet, also where only an office network or another load balancer is meant.",
  standards: { bio: ["8.20", "8.22"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["Service"],
  when: `object.spec.?type.orValue("") == "LoadBalancer"`,
  valid: `object.spec.?loadBalancerSourceRanges.orValue([]).size() > 0 || object.metadata.?annotations.orValue({}).exists(k, k.endsWith("/load-balancer-source-ranges") || k.endsWith("-load-balancer-internal"))`,
  message: "is a load balancer that anyone may reach",
  field: "spec.loadBalancerSourceRanges",
  remedy: "Set loadBalancerSourceRanges; for a public edge write 0.0.0.0/0 to say so, or grant an exemption.",
});
