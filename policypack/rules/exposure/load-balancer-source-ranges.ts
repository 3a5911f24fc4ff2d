import { z } from "zod";
import { rule } from "../../engine/rule";
import { everyAddress, held } from "../network/_ranges";

/**
 * How clouds spell that a load balancer stays inside (Kubernetes documentation, "Internal load balancer", and each
 * provider's own).
 */
const INTERNAL = [
  // Any value but "false" did, before "true" was the only one.
  { annotation: "service.beta.kubernetes.io/aws-load-balancer-internal", value: "^(true|0[.]0[.]0[.]0/0)$" },
  { annotation: "service.beta.kubernetes.io/aws-load-balancer-scheme", value: "^internal$" },
  { annotation: "service.beta.kubernetes.io/azure-load-balancer-internal", value: "^true$" },
  { annotation: "networking.gke.io/load-balancer-type", value: "^internal$" },
  { annotation: "cloud.google.com/load-balancer-type", value: "^internal$" },
  { annotation: "service.beta.kubernetes.io/openstack-internal-load-balancer", value: "^true$" },
  { annotation: "service.beta.kubernetes.io/oci-load-balancer-internal", value: "^true$" },
  { annotation: "oci-network-load-balancer.oraclecloud.com/internal", value: "^true$" },
  { annotation: "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", value: "^private$" },
  { annotation: "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", value: "^intranet$" },
  { annotation: "service.beta.kubernetes.io/alicloud-loadbalancer-address-type", value: "^intranet$" },
  { annotation: "kubernetes.io/elb.autocreate", value: '"type" *: *"inner"' },
  { annotation: "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", value: "^subnet-" },
  { annotation: "service.beta.kubernetes.io/cce-load-balancer-internal-vpc", value: "^true$" },
  { annotation: "service.beta.kubernetes.io/do-loadbalancer-network", value: "^internal$" },
  { annotation: "service.beta.kubernetes.io/scw-loadbalancer-private", value: "^true$" },
  { annotation: "load-balancer.hetzner.cloud/disable-public-network", value: "^true$" },
  { annotation: "lb.stackit.cloud/internal-lb", value: "^true$" },
  { annotation: "yandex.cloud/load-balancer-type", value: "^internal$" },
] as const;

/** CEL: the list names ranges, and not every address. */
const named = (ranges: string): string =>
  `[${ranges}.map(r, r.trim()).filter(r, r.contains("/"))].all(ranges, ranges.size() > 0 && !params.every.exists(range, ${held("ranges", "range")}))`;

/** Load balancers name who may reach them. */
export const loadBalancerSourceRanges = rule({
  id: "exposure/load-balancer-source-ranges",
  severity: "medium",
  title: "Load balancers name who may reach them",
  why: "A load balancer without source ranges is open to the whole internet, also where only an office network or another load balancer is meant.",
  standards: { iso27002: ["8.20", "8.22"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["Service"],
  when: `object.spec.?type.orValue("") == "LoadBalancer"`,
  parameters: everyAddress.extend({
    /** Annotations that keep a load balancer inside, with their values in lower case (RE2). */
    internal: z.array(z.strictObject({ annotation: z.string().min(1), value: z.string() })).default([...INTERNAL]),
  }),
  valid: `[object.metadata.?annotations.orValue({})].all(given,
    params.internal.exists(i, given[?i.annotation].orValue("").lowerAscii().matches(i.value)) ||
    given.exists(k, (k.endsWith("/load-balancer-source-ranges") || k.endsWith("/azure-allowed-ip-ranges")) && ${named('given[k].split(",")')}) ||
    ${named("object.spec.?loadBalancerSourceRanges.orValue([])")})`,
  message: "is a load balancer that anyone may reach",
  field: "spec.loadBalancerSourceRanges",
  remedy:
    "Set loadBalancerSourceRanges to the networks that connect, or the annotation by which the cloud keeps it inside; grant a public edge an exemption.",
});
