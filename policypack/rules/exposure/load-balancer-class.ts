import { z } from "zod";
import { rule } from "../../engine/rule";

/** Load balancers name their class: `classes` are regular expressions, by default any. */
export const loadBalancerClass = rule({
  id: "exposure/load-balancer-class",
  severity: "low",
  title: "Load balancers name their class",
  why: "Without a class whichever controller is the cluster's default takes the Service: an address meant for the office network may come up on the internet.",
  standards: { iso27002: ["8.20", "8.22"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "object",
  kinds: ["Service"],
  parameters: z.strictObject({ classes: z.array(z.string()).default([".+"]) }),
  when: `object.spec.?type.orValue("") == "LoadBalancer"`,
  valid: `params.classes.exists(c, object.spec.?loadBalancerClass.orValue("").matches("^(" + c + ")$"))`,
  message: "leaves its class of load balancer to the cluster",
  field: "spec.loadBalancerClass",
  remedy: "Set loadBalancerClass to a class of the cluster; the parameter classes lists those that are allowed.",
});
