import { randomBytes } from "node:crypto";

/**
 * bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", USENIX 1999), for the `bcryptHash` output of
 * RandomPassword: node:crypto has none, and a dependency for one output of a development stand-in is too much.
 */
const COST = 10;
/** Digits of bcrypt's own base64. */
const DIGITS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Hash of the password; like the official provider, only its first 72 bytes count. */
export function bcrypt(password: string, salt: Uint8Array = randomBytes(16)): string {
  const key = new Uint8Array([...Buffer.from(password), 0]).subarray(0, 72);
  const state = expensiveKeySetup(key, salt);
  const text = words(Buffer.from("OrpheanBeholderScryDoubt"));
  for (let round = 0; round < 64; round++) {
    for (let at = 0; at < text.length; at += 2) state.encrypt(text, at);
  }
  const bytes = Buffer.alloc(24);
  text.forEach((word, at) => bytes.writeUInt32BE(word, at * 4));
  // The last byte of the result has never been part of the printed hash.
  return `$2a$${COST}$${encode(salt)}${encode(bytes.subarray(0, 23))}`;
}

function expensiveKeySetup(key: Uint8Array, salt: Uint8Array): Blowfish {
  const state = new Blowfish();
  state.expand(key, salt);
  for (let round = 0; round < 2 ** COST; round++) {
    state.expand(key);
    state.expand(salt);
  }
  return state;
}

class Blowfish {
  readonly #p: Uint32Array;
  readonly #s: Uint32Array;

  constructor() {
    const digits = piFraction();
    this.#p = digits.slice(0, 18);
    this.#s = digits.slice(18);
  }

  /** Mixes key (and salt) into the state; `at` positions run through both cyclically. */
  expand(key: Uint8Array, salt?: Uint8Array): void {
    const p = this.#p;
    for (let i = 0; i < p.length; i++) p[i] = at(p, i) ^ cyclicWord(key, i);
    const block = new Uint32Array(2);
    let position = 0;
    for (const table of [p, this.#s]) {
      for (let i = 0; i < table.length; i += 2) {
        if (salt !== undefined) {
          block[0] = at(block, 0) ^ cyclicWord(salt, position++);
          block[1] = at(block, 1) ^ cyclicWord(salt, position++);
        }
        this.encrypt(block, 0);
        table.set(block, i);
      }
    }
  }

  /** Encrypts the two words at `offset` in place. */
  encrypt(block: Uint32Array, offset: number): void {
    const p = this.#p;
    let left = at(block, offset);
    let right = at(block, offset + 1);
    for (let i = 0; i < 16; i += 2) {
      left ^= at(p, i);
      right ^= this.#f(left);
      right ^= at(p, i + 1);
      left ^= this.#f(right);
    }
    block[offset] = right ^ at(p, 17);
    block[offset + 1] = left ^ at(p, 16);
  }

  #f(x: number): number {
    const s = this.#s;
    const sum = at(s, x >>> 24) + at(s, 256 + ((x >>> 16) & 0xff));
    return (sum ^ at(s, 512 + ((x >>> 8) & 0xff))) + at(s, 768 + (x & 0xff));
  }
}

function at(table: Uint32Array, index: number): number {
  return table[index] ?? 0;
}

/** The `index`th big-endian word of the endless repetition of `bytes`. */
function cyclicWord(bytes: Uint8Array, index: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (bytes[(index * 4 + i) % bytes.length] ?? 0);
  return word;
}

function words(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4));
}

let pi: Uint32Array | undefined;

/** Blowfish starts from the fraction of pi: 18 + 4 * 256 words. Computed (Machin's formula) rather than copied. */
function piFraction(): Uint32Array {
  if (pi === undefined) {
    const count = 18 + 4 * 256;
    const guard = 64n;
    const bits = BigInt(count * 32) + guard;
    const value = 4n * (4n * arccot(5n, bits) - arccot(239n, bits));
    const fraction = (value & ((1n << bits) - 1n)) >> guard;
    const hex = fraction.toString(16).padStart(count * 8, "0");
    pi = Uint32Array.from({ length: count }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16));
  }
  return pi;
}

/** arccot(x) * 2^bits, by its series. */
function arccot(x: bigint, bits: bigint): bigint {
  let power = (1n << bits) / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
    power /= x * x;
    sum += (sign * power) / n;
  }
  return sum;
}

function encode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,6}/g) ?? [];
  return groups.map((group) => DIGITS.charAt(Number.parseInt(group.padEnd(6, "0"), 2))).join("");
}
