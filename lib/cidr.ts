import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Kubernetes `IPBlock`: `except` lies strictly inside `cidr`. */
export interface IpBlock {
  readonly cidr: string;
  readonly except?: readonly string[];
}

const ranges = new Map<string, Range | undefined>();

/** A stack asks for the same few ranges tens of thousands of times; undefined where the text is none. */
function rangeOf(cidr: string): Range | undefined {
  if (!ranges.has(cidr)) ranges.set(cidr, ipaddr.isValidCIDR(cidr) ? ipaddr.parseCIDR(cidr) : undefined);
  return ranges.get(cidr);
}

const firstAddress = ([address, prefix]: Range): Address =>
  address.kind() === "ipv4"
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${prefix}`)
    : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${prefix}`);

/** The one spelling of a CIDR that the API server accepts without a warning; undefined where it is none at all. */
export function canonicalCidr(text: string): string | undefined {
  const [address = ""] = text.split("/");
  const range = rangeOf(text);
  if (range === undefined || !isAddress(address)) return undefined;
  return `${firstAddress(range).toString()}/${range[1]}`;
}

export const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

/** The CIDR that holds one address and nothing else. */
export function singleAddress(address: string): string {
  const parsed = ipaddr.parse(address);
  return `${parsed.toString()}/${parsed.kind() === "ipv4" ? 32 : 128}`;
}

/** Whether every address of `inner` is in `outer`; text that is no CIDR contains nothing and is in nothing. */
export function contains(outer: string, inner: string): boolean {
  const [outerRange, innerRange] = [rangeOf(outer), rangeOf(inner)];
  if (outerRange === undefined || innerRange === undefined) return false;
  const [outerAddress, outerPrefix] = outerRange;
  const [innerAddress, innerPrefix] = innerRange;
  return (
    outerAddress.kind() === innerAddress.kind() &&
    innerPrefix >= outerPrefix &&
    innerAddress.match(outerAddress, outerPrefix)
  );
}

export const overlaps = (a: string, b: string): boolean => contains(a, b) || contains(b, a);

/** IPv4 before IPv6, then by text: a fixed order for output. */
const compareCidrs = (a: string, b: string): number =>
  Number(a.includes(":")) - Number(b.includes(":")) || (a < b ? -1 : a > b ? 1 : 0);

/**
 * Addresses at which clouds hand out credentials of the node to whoever asks. They stay in every `except`,
 * also where a wider range covers them, so that a reader sees them.
 */
export const metadataCidrs: readonly string[] = [
  // Link-local: instance metadata of nearly every provider, and ECS task credentials (RFC 3927).
  "169.254.0.0/16",
  // WireServer and DNS of Azure ("What is IP address 168.63.129.16?", Microsoft Learn).
  "168.63.129.16/32",
  // Instance metadata over IPv6 on AWS ("Access instance metadata", EC2 user guide) and Google Cloud.
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  // Link-local IPv4 through NAT64's well-known prefix (RFC 6052).
  "64:ff9b::a9fe:0/112",
];

/** Not the public internet: RFC 1918, shared address space (RFC 6598), loopback, unique and link-local IPv6. */
export const privateCidrs: readonly string[] = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "fe80::/10",
];

export const publicInternet: readonly string[] = ["0.0.0.0/0", "::/0"];

/**
 * Blocks for `cidrs` without metadata services, the cluster's own ranges, and private networks that the range
 * covers only because it is wide. A range inside a private network was meant, and stays whole.
 */
export function guardedBlocks(cidrs: readonly string[], clusterCidrs: readonly string[]): IpBlock[] {
  return [...new Set(cidrs)].sort(compareCidrs).map((cidr) => {
    const inside = (other: string): boolean => other !== cidr && contains(cidr, other);
    const hidden = outermost([...privateCidrs, ...clusterCidrs].filter(inside));
    const except = [...new Set([...metadataCidrs.filter(inside), ...hidden])].sort(compareCidrs);
    return except.length === 0 ? { cidr } : { cidr, except };
  });
}

/** Without the ranges that lie inside another of the list. */
function outermost(cidrs: readonly string[]): string[] {
  const unique = [...new Set(cidrs)];
  return unique.filter((cidr) => !unique.some((other) => other !== cidr && contains(other, cidr)));
}
