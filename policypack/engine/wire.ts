/**
 * Reads protobuf messages field by field (protobuf.dev/programming-guides/encoding), so that a caller decodes only
 * what it looks at.
 */

/** A field of a message as it stands in the bytes. */
interface WireField {
  readonly number: number;
  /** The value of a varint; for other types 0. */
  readonly value: number;
  /** Where the field begins, its tag included. */
  readonly from: number;
  /** Where its content begins and ends. */
  readonly start: number;
  readonly end: number;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** The fields of the message between two places in the bytes, in order. */
export function* fieldsOf(bytes: Buffer, from = 0, to = bytes.length): Generator<WireField> {
  const reader = new Reader(bytes, from, to);
  for (let field = reader.next(); field !== undefined; field = reader.next()) yield field;
}

/** The message without some of its fields. */
export function without(bytes: Buffer, dropped: ReadonlySet<number>): Buffer {
  const kept: Buffer[] = [];
  for (const { number, from, end } of fieldsOf(bytes)) if (!dropped.has(number)) kept.push(bytes.subarray(from, end));
  return Buffer.concat(kept);
}

class Reader {
  constructor(
    private readonly bytes: Buffer,
    private position: number,
    private readonly to: number,
  ) {}

  next(): WireField | undefined {
    if (this.position >= this.to) return undefined;
    const from = this.position;
    const tag = this.varint();
    const type = tag & 7;
    const value = type === VARINT ? this.varint() : 0;
    const length = type === VARINT ? 0 : type === DELIMITED ? this.varint() : lengthOf(type);
    const start = this.position;
    this.position += length;
    if (this.position > this.to) throw new RangeError("a protobuf field ends after its message");
    return { number: tag >>> 3, value, from, start, end: this.position };
  }

  private varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) throw new RangeError("a protobuf message ends in the middle of a number");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }
}

function lengthOf(type: number): number {
  if (type === FIXED64) return 8;
  if (type === FIXED32) return 4;
  throw new RangeError(`protobuf wire type ${type} is not known`);
}

/** What a google.protobuf.Struct holds. */
export interface PlainObject {
  [key: string]: PlainValue;
}
export type PlainValue = null | number | string | boolean | PlainValue[] | PlainObject;

/** Decodes a google.protobuf.Struct (protobuf/src/google/protobuf/struct.proto). */
export function structOf(bytes: Buffer, from = 0, to = bytes.length): PlainObject {
  const entries: [string, PlainValue][] = [];
  for (const entry of fieldsOf(bytes, from, to)) {
    let key = "";
    let value: PlainValue = null;
    for (const { number, start, end } of fieldsOf(bytes, entry.start, entry.end)) {
      if (number === 1) key = bytes.toString("utf8", start, end);
      else if (number === 2) value = valueOf(bytes, start, end);
    }
    entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

function valueOf(bytes: Buffer, from: number, to: number): PlainValue {
  let result: PlainValue = null;
  for (const { number, value, start, end } of fieldsOf(bytes, from, to)) {
    if (number === 1) result = null;
    else if (number === 2) result = bytes.readDoubleLE(start);
    else if (number === 3) result = bytes.toString("utf8", start, end);
    else if (number === 4) result = value !== 0;
    else if (number === 5) result = structOf(bytes, start, end);
    else if (number === 6) result = listOf(bytes, start, end);
  }
  return result;
}

function listOf(bytes: Buffer, from: number, to: number): PlainValue[] {
  const list: PlainValue[] = [];
  for (const { start, end } of fieldsOf(bytes, from, to)) list.push(valueOf(bytes, start, end));
  return list;
}
