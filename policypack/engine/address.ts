import { isIPv4, isIPv6 } from "node:net";
import { IPv6 } from "ipaddr.js";

/** An IP address as a number. */
export class Address {
  constructor(
    readonly family: 4 | 6,
    readonly value: bigint,
  ) {}

  get bits(): number {
    return this.family === 4 ? 32 : 128;
  }

  equals(other: Address): boolean {
    return this.family === other.family && this.value === other.value;
  }

  /** Whether the first `length` bits are those of the other address. */
  sharesPrefix(other: Address, length: number): boolean {
    const shift = BigInt(this.bits - length);
    return this.family === other.family && this.value >> shift === other.value >> shift;
  }
}

/** An address with a prefix length; bits after the prefix are kept as written. */
export class Cidr {
  constructor(
    readonly address: Address,
    readonly length: number,
  ) {}

  containsAddress(address: Address): boolean {
    return address.family === this.address.family && this.address.sharesPrefix(address, this.length);
  }

  containsCidr(other: Cidr): boolean {
    return other.length >= this.length && this.containsAddress(other.address);
  }

  masked(): Cidr {
    const shift = BigInt(this.address.bits - this.length);
    return new Cidr(new Address(this.address.family, (this.address.value >> shift) << shift), this.length);
  }

  equals(other: Cidr): boolean {
    return this.length === other.length && this.address.equals(other.address);
  }
}

/** Parses an IP address; zones and IPv4-mapped IPv6 addresses are refused, as Kubernetes does. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return new Address(4, BigInt(text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)));
  if (!isIPv6(text) || text.includes("%")) return undefined;
  // In the form of the URL standard, which has no dots: ipaddr.js takes ::1.2.3.4 for an IPv4 address inside IPv6.
  const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const value = IPv6.parse(plain).parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n);
  return value >> 32n === 0xffffn ? undefined : new Address(6, value);
}

/** Parses CIDR notation. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(text.slice(0, Math.max(slash, 0)));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > address.bits) return undefined;
  return new Cidr(address, Number(length));
}
