/** A resource quantity, kept exactly: `digits` × 10^`exponent`. */
export class Quantity {
  constructor(
    readonly digits: bigint,
    readonly exponent: number,
  ) {}

  /** -1, 0 or 1. */
  compareTo(other: Quantity): number {
    const low = Math.min(this.exponent, other.exponent);
    const difference = this.at(low) - other.at(low);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  add(other: Quantity): Quantity {
    const low = Math.min(this.exponent, other.exponent);
    return new Quantity(this.at(low) + other.at(low), low);
  }

  negate(): Quantity {
    return new Quantity(-this.digits, this.exponent);
  }

  isInteger(): boolean {
    return this.exponent >= 0 || this.digits % 10n ** BigInt(-this.exponent) === 0n;
  }

  /** The value where it is an integer. */
  asInteger(): bigint | undefined {
    if (!this.isInteger()) return undefined;
    return this.exponent >= 0 ? this.at(0) : this.digits / 10n ** BigInt(-this.exponent);
  }

  asApproximateFloat(): number {
    return Number(`${this.digits}e${this.exponent}`);
  }

  private at(exponent: number): bigint {
    return this.digits * 10n ** BigInt(this.exponent - exponent);
  }
}

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/** Parses a quantity as the API does (k8s.io/apimachinery, pkg/api/resource); undefined where it is none. */
export function parseQuantity(text: string): Quantity | undefined {
  // Longer than any quantity means something; keeps hostile input from becoming a huge integer.
  const match = text.length > 64 ? null : FORM.exec(text);
  if (match === null) return undefined;
  const [, sign = "", number = "", suffix = "", power = "0"] = match;
  const [whole = "", fraction = ""] = number.split(".");
  const digits = BigInt(`${whole}${fraction}` || "0") * (sign === "-" ? -1n : 1n);
  const shift = BINARY[suffix];
  const exponent = (DECIMAL[suffix] ?? 0) + Number(power) - fraction.length;
  return new Quantity(shift === undefined ? digits : digits * 2n ** shift, exponent);
}
