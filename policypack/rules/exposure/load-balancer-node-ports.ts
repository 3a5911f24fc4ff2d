import { rule } from "../../engine/rule";

/** Load balancers open no ports on the nodes. */
export const loadBalancerNodePorts = rule({
  id: "exposure/load-balancer-node-ports",
  severity: "low",
  title: "Load balancers open no ports on the nodes",
  why: "By default a load balancer opens a port on every node as well, past the source ranges of the balancer.",
  standards: { iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "object",
  kinds: ["Service"],
  when: `object.spec.?type.orValue("") == "LoadBalancer"`,
  valid: `!object.spec.?allocateLoadBalancerNodePorts.orValue(true)`,
  message: "opens a port on every node beside the load balancer",
  field: "spec.allocateLoadBalancerNodePorts",
  remedy: "Set allocateLoadBalancerNodePorts: false where the balancer reaches pods directly.",
});
