import type { Environment } from "@marcbachmann/cel-js";
import { EvaluationError } from "@marcbachmann/cel-js";
import { Address, Cidr, parseAddress, parseCidr } from "../address";
import { parseQuantity, Quantity } from "../../../lib/quantity";
import { patternOf } from "./regex";
import type { Pattern } from "./regex";

/**
 * The functions that the Kubernetes API server adds to CEL (k8s.io/apiserver v0.36, pkg/cel/library and
 * pkg/cel/environment/base.go), as far as rules use them, with the same results.
 */
export function registerKubernetesFunctions(env: Environment): void {
  quantities(env);
  addresses(env);
  lists(env);
  strings(env);
  sets(env);
}

function fail(message: string): never {
  throw new EvaluationError(message);
}

const QUANTITY = "kubernetes.Quantity";

function quantities(env: Environment): void {
  const read = (text: string): Quantity => parseQuantity(text) ?? fail(`not a quantity: "${text}"`);
  const whole = (value: bigint): Quantity => new Quantity(value, 0);
  env
    .registerType(QUANTITY, Quantity)
    .registerFunction(`quantity(string): ${QUANTITY}`, read)
    .registerFunction("isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined)
    .registerFunction(`${QUANTITY}.isGreaterThan(${QUANTITY}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) > 0)
    .registerFunction(`${QUANTITY}.isLessThan(${QUANTITY}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) < 0)
    .registerFunction(`${QUANTITY}.compareTo(${QUANTITY}): int`, (a: Quantity, b: Quantity) => BigInt(a.compareTo(b)))
    .registerFunction(`${QUANTITY}.sign(): int`, (a: Quantity) => BigInt(a.compareTo(whole(0n))))
    .registerFunction(`${QUANTITY}.add(${QUANTITY}): ${QUANTITY}`, (a: Quantity, b: Quantity) => a.add(b))
    .registerFunction(`${QUANTITY}.add(int): ${QUANTITY}`, (a: Quantity, b: bigint) => a.add(whole(b)))
    .registerFunction(`${QUANTITY}.sub(${QUANTITY}): ${QUANTITY}`, (a: Quantity, b: Quantity) => a.add(b.negate()))
    .registerFunction(`${QUANTITY}.sub(int): ${QUANTITY}`, (a: Quantity, b: bigint) => a.add(whole(-b)))
    .registerFunction(`${QUANTITY}.isInteger(): bool`, (a: Quantity) => a.isInteger())
    .registerFunction(
      `${QUANTITY}.asInteger(): int`,
      (a: Quantity) => a.asInteger() ?? fail("cannot convert value to integer"),
    )
    .registerFunction(`${QUANTITY}.asApproximateFloat(): double`, (a: Quantity) => a.asApproximateFloat())
    .registerOperator(`${QUANTITY} == ${QUANTITY}`, (a: Quantity, b: Quantity) => a.compareTo(b) === 0);
}

const IP = "net.IP";
const CIDR = "net.CIDR";

function addresses(env: Environment): void {
  const address = (text: string): Address => parseAddress(text) ?? fail(`not an IP address: "${text}"`);
  const cidr = (text: string): Cidr => parseCidr(text) ?? fail(`not a CIDR: "${text}"`);
  env
    .registerType(IP, Address)
    .registerType(CIDR, Cidr)
    .registerFunction(`ip(string): ${IP}`, address)
    .registerFunction("isIP(string): bool", (text: string) => parseAddress(text) !== undefined)
    .registerFunction(`${IP}.family(): int`, (ip: Address) => BigInt(ip.family))
    .registerFunction(`${IP}.isUnspecified(): bool`, (ip: Address) => ip.value === 0n)
    .registerFunction(`${IP}.isLoopback(): bool`, (ip: Address) =>
      ip.family === 4 ? ip.value >> 24n === 127n : ip.value === 1n,
    )
    .registerFunction(`${IP}.isLinkLocalUnicast(): bool`, (ip: Address) =>
      ip.family === 4 ? ip.value >> 16n === 0xa9fen : ip.value >> 118n === 0x3fan,
    )
    .registerFunction(`cidr(string): ${CIDR}`, cidr)
    .registerFunction("isCIDR(string): bool", (text: string) => parseCidr(text) !== undefined)
    .registerFunction(`${CIDR}.containsIP(${IP}): bool`, (a: Cidr, b: Address) => a.containsAddress(b))
    .registerFunction(`${CIDR}.containsIP(string): bool`, (a: Cidr, b: string) => a.containsAddress(address(b)))
    .registerFunction(`${CIDR}.containsCIDR(${CIDR}): bool`, (a: Cidr, b: Cidr) => a.containsCidr(b))
    .registerFunction(`${CIDR}.containsCIDR(string): bool`, (a: Cidr, b: string) => a.containsCidr(cidr(b)))
    .registerFunction(`${CIDR}.ip(): ${IP}`, (a: Cidr) => a.address)
    .registerFunction(`${CIDR}.masked(): ${CIDR}`, (a: Cidr) => a.masked())
    .registerFunction(`${CIDR}.prefixLength(): int`, (a: Cidr) => BigInt(a.length))
    .registerOperator(`${IP} == ${IP}`, (a: Address, b: Address) => a.equals(b))
    .registerOperator(`${CIDR} == ${CIDR}`, (a: Cidr, b: Cidr) => a.equals(b));
}

type Scalar = string | number | bigint | boolean;

function compare(a: Scalar, b: Scalar): number {
  if (typeof a === "string" || typeof b === "string") {
    return typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : fail("elements cannot be compared");
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function same(a: unknown, b: unknown): boolean {
  // CEL compares int and double by value.
  if (typeof a === "bigint" && typeof b === "number") return Number(a) === b;
  if (typeof a === "number" && typeof b === "bigint") return a === Number(b);
  return a === b;
}

function total(values: readonly (number | bigint)[]): number | bigint {
  if (values.every((value) => typeof value === "bigint")) return values.reduce((sum, value) => sum + value, 0n);
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}

function extreme(values: readonly Scalar[], sign: 1 | -1): Scalar {
  const [first, ...rest] = values;
  if (first === undefined) fail("min or max of an empty list");
  return rest.reduce((best, value) => (compare(value, best) * sign > 0 ? value : best), first);
}

function distinct(values: readonly unknown[]): unknown[] {
  return values.filter((value, index) => values.findIndex((other) => same(other, value)) === index);
}

function lists(env: Environment): void {
  env
    .registerFunction("list.sum(): dyn", total)
    .registerFunction("list.min(): dyn", (values: readonly Scalar[]) => extreme(values, -1))
    .registerFunction("list.max(): dyn", (values: readonly Scalar[]) => extreme(values, 1))
    .registerFunction("list.isSorted(): bool", (values: readonly Scalar[]) =>
      values.every((value, index) => index === 0 || compare(values[index - 1] ?? value, value) <= 0),
    )
    .registerFunction("list.indexOf(dyn): int", (values: readonly unknown[], wanted: unknown) =>
      BigInt(values.findIndex((value) => same(value, wanted))),
    )
    .registerFunction("list.distinct(): list", distinct)
    .registerFunction("list.sort(): list", (values: readonly Scalar[]) => [...values].sort(compare))
    .registerFunction("list.flatten(): list", (values: readonly unknown[]) => values.flat())
    .registerFunction("list.slice(int, int): list", (values: readonly unknown[], from: bigint, to: bigint) =>
      from < 0n || to > BigInt(values.length) || from > to
        ? fail("slice out of range")
        : values.slice(Number(from), Number(to)),
    );
}

/** At most `limit` replacements from the left; a negative limit replaces all. */
function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  const parts = text.split(from);
  const count = Math.min(Number(limit), parts.length - 1);
  return [parts.slice(0, count + 1).join(to), ...parts.slice(count + 1)].join(from);
}

/** `matches` with RE2, as the API server has it. */
export const RE2_MATCHES = "matchesRe2";

function strings(env: Environment): void {
  const pattern = (source: string): Pattern => {
    try {
      return patternOf(source);
    } catch {
      return fail(`not a regular expression: ${source}`);
    }
  };
  env
    .registerFunction(`string.${RE2_MATCHES}(string): bool`, (text: string, source: string) =>
      pattern(source).test(text),
    )
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction("string.replace(string, string, int): string", replaceSome)
    .registerFunction("string.charAt(int): string", (text: string, index: bigint) => text.charAt(Number(index)))
    .registerFunction(
      "string.find(string): string",
      (text: string, source: string) => pattern(source).first(text) ?? "",
    )
    .registerFunction("string.findAll(string): list<string>", (text: string, source: string) => [
      ...pattern(source).all(text),
    ]);
}

/** Holder of the functions `sets.*`. */
class Sets {}

function sets(env: Environment): void {
  const contains = (all: readonly unknown[], some: readonly unknown[]): boolean =>
    some.every((wanted) => all.some((value) => same(value, wanted)));
  env
    .registerType("kubernetes.Sets", Sets)
    .registerConstant("sets", "kubernetes.Sets", new Sets())
    .registerFunction(
      "kubernetes.Sets.contains(list, list): bool",
      (_: Sets, all: readonly unknown[], some: readonly unknown[]) => contains(all, some),
    )
    .registerFunction(
      "kubernetes.Sets.equivalent(list, list): bool",
      (_: Sets, a: readonly unknown[], b: readonly unknown[]) => contains(a, b) && contains(b, a),
    )
    .registerFunction(
      "kubernetes.Sets.intersects(list, list): bool",
      (_: Sets, a: readonly unknown[], b: readonly unknown[]) =>
        a.some((value) => b.some((other) => same(value, other))),
    );
}
