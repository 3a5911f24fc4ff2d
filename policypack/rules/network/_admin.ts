/** The cluster-wide policies of the Network Policy API, in both of its versions. */
export const adminKinds = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"].map(
  (kind) => `policy.networking.k8s.io/${kind}`,
);

/** Allow is the word of v1alpha1, Accept that of v1alpha2. */
export const ALLOWS = `(r.action == "Allow" || r.action == "Accept")`;

/**
 * Holds where for each range the first egress rule that decides on it does not allow it: rules count in their order
 * (Network Policy API, AdminNetworkPolicy). `wide` says of an address block `n` of an allow that it holds the range,
 * `holds` of the blocks of a deny.
 */
export function firstDenies(wide: string, holds: (blocks: string) => string): string {
  return `params.ranges.all(range, [object.?spec.?egress.orValue([]).filter(r,
    (${ALLOWS} && r.?to.orValue([]).exists(p, p.?networks.orValue([]).exists(n, ${wide}))) ||
    (r.action == "Deny" && !has(r.ports) && !has(r.protocols) &&
      r.?to.orValue([]).exists(p, ${holds("p.?networks.orValue([])")})))].all(deciding,
    deciding.size() == 0 || deciding[0].action == "Deny"))`;
}
