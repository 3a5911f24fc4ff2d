/** What a scalar without quotes or tag stands for. */
export type Scalar = null | boolean | number | string;

const TRUE = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
const NULL = ["", "~", "null", "Null", "NULL"];
const NAN = [".nan", ".NaN", ".NAN"];
const INFINITY = [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"];
const MINUS_INFINITY = ["-.inf", "-.Inf", "-.INF"];

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...TRUE.map((word) => [word, true] as const),
  ...FALSE.map((word) => [word, false] as const),
  ...NULL.map((word) => [word, null] as const),
  ...NAN.map((word) => [word, Number.NaN] as const),
  ...INFINITY.map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...MINUS_INFINITY.map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

/** The characters that any scalar but text begins with. */
const SPECIAL = /^[-+.0-9~yYnNtTfFoO]/;

/**
 * The value of a plain scalar as go.yaml.in/yaml/v2 resolves it (resolve.go), which sigs.k8s.io/yaml and so kubectl read
 * with. Base 60 is text there, dates are text, and integers are Go's: `0b0`, `0o17`, `017` and `1_000` are numbers.
 */
export function resolve(text: string): Scalar {
  if (text !== "" && !SPECIAL.test(text)) return text;
  const word = words.get(text);
  if (word !== undefined) return word;
  return numberOf(text) ?? text;
}

const MAX_UINT64 = (1n << 64n) - 1n;
const MIN_INT64 = -(1n << 63n);

const DECIMAL_FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const DOTTED = /^\.\d+(_\d+)*([eE][-+]?\d+(_\d+)*)?$/;
const PLAIN_INTEGER = /^(0|[1-9]\d{0,14})$/;

function numberOf(text: string): number | undefined {
  if (PLAIN_INTEGER.test(text)) return Number(text);
  if (text.startsWith(".")) return DOTTED.test(text) ? finite(text.replaceAll("_", "")) : undefined;
  if (!/^[-+0-9]/.test(text)) return undefined;
  const plain = text.replaceAll("_", "");
  const integer = integerOf(plain);
  if (integer !== undefined) return Number(integer);
  return DECIMAL_FLOAT.test(plain) ? finite(plain) : undefined;
}

/** A number that Go's ParseFloat takes: one out of range is text. */
function finite(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

// Longer than any integer of 64 bits, in base 2 too; what is longer is no integer and costs nothing.
const LONGEST = 80;

/** An integer as Go's ParseInt and ParseUint take it with base 0, within 64 bits. */
function integerOf(plain: string): bigint | undefined {
  const [, sign = "", zeros = "", digits = ""] = /^([-+]?)(0*)(.*)$/s.exec(plain) ?? [];
  if (zeros.length + digits.length === 0 || digits.length > LONGEST) return undefined;
  const magnitude = magnitudeOf(zeros, digits);
  if (magnitude === undefined) return undefined;
  const value = sign === "-" ? -magnitude : magnitude;
  // ParseUint takes no sign.
  const most = sign === "" ? MAX_UINT64 : -MIN_INT64 - 1n;
  return value >= MIN_INT64 && value <= most ? value : undefined;
}

function magnitudeOf(zeros: string, digits: string): bigint | undefined {
  if (zeros === "") return /^\d+$/.test(digits) ? BigInt(digits) : undefined;
  if (digits === "") return 0n;
  if (zeros === "0" && /^([xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+)$/.test(digits))
    return BigInt(`0${digits.toLowerCase()}`);
  return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined;
}

/** The key that JSON has for a plain scalar; undefined where it has none (sigs.k8s.io/yaml, convertToJSONableObject). */
export function keyOf(text: string): string | undefined {
  const value = resolve(text);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (value === null) return undefined;
  const integer = text.startsWith(".") ? undefined : integerOf(text.replaceAll("_", ""));
  if (integer === undefined) return shortFloat(value);
  return integer > -MIN_INT64 - 1n ? undefined : integer.toString();
}

/** A number as Go's FormatFloat(value, 'g', -1, 32) writes it. */
function shortFloat(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? ".inf" : "-.inf";
  if (single === 0) return Object.is(single, -0) ? "-0" : "0";
  let digits = 1;
  while (Math.fround(Number(single.toPrecision(digits))) !== single) digits++;
  const [mantissa = "", exponent = "0"] = single.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  // strconv's %g of the shortest digits has an exponent below 1e-4 and from 1e6 on (ftoa.go).
  if (power >= -4 && power < 6) return Number(`${mantissa}e${exponent}`).toFixed(Math.max(0, digits - 1 - power));
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

const PREFIX = "tag:yaml.org,2002:";

/** The value of a scalar with a tag. Throws an Error with what is wrong. */
export function resolveTagged(tag: string, text: string): Scalar {
  const short = tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : undefined;
  if (short === "str") return text;
  if (short === "binary") return binary(text);
  if (short === "timestamp") return timestamp(text);
  if (short !== "int" && short !== "float" && short !== "bool" && short !== "null") return text;
  const value = resolve(text);
  if (fits(short, value, text)) return value;
  throw new Error(`"${text}" is not of the type !!${short}`);
}

function fits(type: "int" | "float" | "bool" | "null", value: Scalar, text: string): boolean {
  if (type === "null") return value === null;
  if (type === "bool") return typeof value === "boolean";
  if (typeof value !== "number") return false;
  const isInteger = !text.startsWith(".") && integerOf(text.replaceAll("_", "")) !== undefined;
  return type === "float" || isInteger;
}

function binary(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact))
    throw new Error("the value of !!binary is not valid base64");
  return Buffer.from(compact, "base64").toString("utf8");
}

function timestamp(text: string): string {
  if (/^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d{2}:\d{2})?)?$/.test(text)) return text;
  throw new Error(`"${text}" is not of the type !!timestamp`);
}
