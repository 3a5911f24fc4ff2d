/** Calico's policies that are enforced, in both API groups that may hold them. */
export const calicoKinds = ["projectcalico.org", "crd.projectcalico.org"].flatMap((group) => [
  `${group}/NetworkPolicy`,
  `${group}/GlobalNetworkPolicy`,
]);

/** Holds for every rule `r` that allows, in both directions; `peer` stands for the field of the other side. */
export function everyAllow(valid: string): string {
  const holds = (direction: string, field: string): string =>
    `object.?spec.?${direction}.orValue([]).all(r, r.action != "Allow" || ${valid.replaceAll("peer", field)})`;
  return `${holds("ingress", "source")} && ${holds("egress", "destination")}`;
}

/**
 * Holds where for each range the first egress rule that decides on it does not allow it: Calico stops at the first
 * rule that matches (Calico, GlobalNetworkPolicy reference). An allow without addresses is any-peer's to judge. `wide` says of an address block `n` that it holds the range.
 */
export function firstDenies(wide: string): string {
  return `params.ranges.all(range, [object.?spec.?egress.orValue([]).filter(r,
    ((r.action == "Allow" && (r.?destination.?nets.hasValue() || r.?destination.?notNets.hasValue())) ||
      (r.action == "Deny" && !has(r.source) && r.?protocol.orValue("TCP") == "TCP" && !r.?destination.?ports.hasValue())) &&
    [r.?destination.orValue({})].all(d,
      d.all(k, ["nets", "notNets", "ports"].exists(name, name == k)) &&
      (d.?nets.orValue([]).size() == 0 || d.nets.exists(n, ${wide})) &&
      !d.?notNets.orValue([]).exists(n, cidr(n).containsCIDR(range))))].all(deciding,
    deciding.size() == 0 || deciding[0].action == "Deny"))`;
}
