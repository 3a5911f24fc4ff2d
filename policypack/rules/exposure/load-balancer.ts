import { z } from "zod";
import { rule } from "../../engine/rule";

/** Services of the suite are no load balancers, but for those that the stack allows: media streams cannot pass an HTTP edge. */
export const loadBalancer = rule({
  id: "exposure/load-balancer",
  severity: "medium",
  title: "Services of the suite are no load balancers",
  why: "A load balancer is an address of its own on the network outside, past the edge with its TLS, limits and log.",
  standards: {
    iso27002: ["8.20", "8.22"],
    nsa: true,
    kyverno: ["restrict-loadbalancer"],
    gatekeeper: ["block-loadbalancer-services"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  scope: "suite",
  subject: "object",
  kinds: ["Service"],
  parameters: z.strictObject({ allowed: z.array(z.string()).default([]) }),
  when: `object.spec.?type.orValue("") == "LoadBalancer"`,
  valid: `object.metadata.?namespace.orValue("default") + "/" + object.metadata.?name.orValue("") in params.allowed`,
  message: "is a load balancer that the stack does not allow",
  field: "spec.type",
  remedy: "Use ClusterIP behind the edge, or list namespace/name of the Service in the parameter allowed.",
});
