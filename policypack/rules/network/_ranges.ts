import { z } from "zod";

/** Where clouds answer who asks with credentials of the node: AWS and most others, Azure, AWS over IPv6, Google. */
export const metadataRanges = z.strictObject({
  ranges: z
    .array(z.string())
    .default(["169.254.169.254/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128"]),
});

/** Private networks (RFC 1918, RFC 4193). Clusters with public pod or service ranges add these. */
export const privateRanges = z.strictObject({
  ranges: z.array(z.string()).default(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
});

/** Every address of IPv4, and of IPv6. */
export const everyAddress = z.strictObject({ every: z.array(z.string()).default(["0.0.0.0/0", "::/0"]) });

/** CEL: whether one of these address blocks holds the whole range. */
export const heldByOne = (blocks: string): string => `${blocks}.exists(e, cidr(e).containsCIDR(range))`;

/**
 * CEL: whether one of these address blocks holds the whole range, or several of them hold it together. Each that lies
 * in the range and in no other one counts with its share of it, down to a part of 65,536. Each is compared with every
 * other, so of a longer list, which no provider takes, only the single blocks are looked at.
 */
export function held(blocks: string, range: string): string {
  const depth = `cidr(e).prefixLength() - cidr(${range}).prefixLength()`;
  return `(${blocks}.exists(e, cidr(e).containsCIDR(${range})) ||
    ${blocks}.size() < ${String(COMPARED)} && ${blocks}.filter(e, cidr(${range}).containsCIDR(e) && !${blocks}.exists(o, o != e && cidr(o).containsCIDR(e)))
      .distinct().map(e, int("${SHARES}".split(" ")[?16 - (${depth})].orValue("0"))).sum() == 65536)`;
}

const COMPARED = 200;

/** Of 65,536: a half stands last. */
const SHARES = Array.from({ length: 16 }, (_, power) => 2 ** power).join(" ");

/** CEL: a block of addresses, where a single address may stand without the length of its prefix. */
export function block(address: string): string {
  return `(${address}.contains("/") ? ${address} : ${address} + (${address}.contains(":") ? "/128" : "/32"))`;
}
