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
 * rule that matches (Calico, GlobalNetworkPolicy reference). `allows` says of an allow `r` that it is judged at all,
 * `wide` of one of its address blocks `n` that it holds the range, `holds` of blocks that are left out.
 */
export function firstDenies(allows: string, wide: string, holds: (blocks: string) => string): string {
  return `params.ranges.all(range, [object.?spec.?egress.orValue([]).filter(r,
    [r.?destination.orValue({})].all(d,
      d.all(k, ["nets", "notNets", "ports"].exists(name, name == k)) &&
      ((r.action == "Allow" && ${allows} && (d.?nets.orValue([]).size() == 0 || d.nets.exists(n, ${wide}))) ||
        (r.action == "Deny" && !has(r.source) && r.?protocol.orValue("TCP") == "TCP" && !has(d.ports) &&
          (d.?nets.orValue([]).size() == 0 || ${holds("d.nets")}))) &&
      !${holds("d.?notNets.orValue([])")}))].all(deciding,
    deciding.size() == 0 || deciding[0].action == "Deny"))`;
}
