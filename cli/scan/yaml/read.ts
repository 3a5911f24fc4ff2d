import { YamlError } from "./error";
import { UNDECLARED } from "./properties";
import { keyOf, resolve, resolveTagged } from "./scalars";
import type { Scalar } from "./scalars";
import { Scanner } from "./scanner";
import type { Token, TokenKind } from "./tokens";

/** What a document holds, as JSON has it. */
export type Value = Scalar | Value[] | { [key: string]: Value };
type Mapping = Record<string, Value>;

export interface YamlDocument {
  readonly value: Value;
  /** Whether nodes stand in it more than once by their alias. */
  readonly hasAliases: boolean;
}

/**
 * The first document of a text as `sigs.k8s.io/yaml` reads it, and so kubectl: the grammar of libyaml, the scalars and
 * merges of go.yaml.in/yaml/v2, as JSON. Only a key that stands twice is refused here, as the API server does, instead
 * of dropped. Throws YamlError, and RangeError where it is nested too deeply.
 */
export function readYaml(text: string): YamlDocument {
  const composer = new Composer(new Scanner(text));
  const value = composer.document();
  return { value, hasAliases: composer.hasAliases };
}

/** What stands before a node's content. */
interface Properties {
  anchor?: string;
  tag?: string;
}

const NOT_YET = Symbol("an anchor whose node is not read in full");

class Composer {
  hasAliases = false;
  private readonly anchors = new Map<string, Value | typeof NOT_YET>();

  constructor(private readonly scanner: Scanner) {}

  document(): Value {
    const first = this.scanner.peek();
    if (first.kind === "directive")
      this.fail("a line that begins with % is for YAML itself, which kubectl does not read; remove it", first);
    if (first.kind === "end of the text") return null;
    if (first.kind === "document start") this.scanner.take();
    const { kind } = this.scanner.peek();
    const isEmpty =
      first.kind === "document start" &&
      (kind === "document start" || kind === "document end" || kind === "end of the text" || kind === "directive");
    const value = isEmpty ? null : this.node(true, false);
    // What stands behind it is read by nobody, but has to be in order so far.
    this.scanner.peek();
    return value;
  }

  private fail(message: string, { line }: Pick<Token, "line">): never {
    throw new YamlError(message, line);
  }

  /** A node; `block` outside brackets, `indentless` where a list may stand in the column of its key. */
  private node(block: boolean, indentless: boolean): Value {
    const first = this.scanner.peek();
    if (first.kind === "alias") return this.alias(this.scanner.take());
    const properties = this.properties();
    const { anchor } = properties;
    if (anchor === undefined) return this.content(block, indentless, properties);
    this.anchors.set(anchor, NOT_YET);
    const value = this.content(block, indentless, properties);
    this.anchors.set(anchor, value);
    return value;
  }

  private alias({ value: name, line }: Token): Value {
    const found = this.anchors.get(name);
    if (found === undefined) return this.fail(`there is no anchor &${name} before its alias *${name}`, { line });
    if (found === NOT_YET)
      return this.fail(`the alias *${name} stands in a node that contains it; write it out`, { line });
    this.hasAliases = true;
    return found;
  }

  private properties(): Properties {
    const properties: Properties = {};
    for (;;) {
      const { kind } = this.scanner.peek();
      if (kind === "anchor" && properties.anchor === undefined) properties.anchor = this.scanner.take().value;
      else if (kind === "tag" && properties.tag === undefined) properties.tag = this.tag(this.scanner.take());
      else return properties;
    }
  }

  private tag(token: Token): string {
    if (token.value.startsWith(UNDECLARED)) this.fail(`the tag ${token.value.slice(1)} is not declared`, token);
    return token.value;
  }

  private content(block: boolean, indentless: boolean, properties: Properties): Value {
    const token = this.scanner.peek();
    const { kind } = token;
    if (kind === "plain" || kind === "quoted") return this.scalar(this.scanner.take(), properties.tag);
    if (kind === "[") return this.flowSequence();
    if (kind === "{") return this.flowMapping();
    if (kind === "-" && indentless) return this.indentlessSequence();
    if (kind === "block sequence" && block) return this.blockSequence();
    if (kind === "block mapping" && block) return this.blockMapping();
    if (properties.tag !== undefined) return this.tagged(properties.tag, "", token);
    if (properties.anchor !== undefined) return null;
    return this.fail(`a value is expected, but ${named(token.kind)} stands here`, token);
  }

  private scalar(token: Token, tag: string | undefined): Value {
    if (tag !== undefined) return this.tagged(tag, token.value, token);
    return token.kind === "plain" ? this.inJson(resolve(token.value), token) : token.value;
  }

  private tagged(tag: string, text: string, token: Token): Value {
    try {
      return this.inJson(resolveTagged(tag, text), token);
    } catch (error) {
      if (error instanceof YamlError) throw error;
      return this.fail(error instanceof Error ? error.message : String(error), token);
    }
  }

  private inJson(value: Scalar, token: Token): Scalar {
    if (typeof value !== "number" || Number.isFinite(value)) return value;
    return this.fail(`${token.value} is a number that JSON, and so the API server, does not have`, token);
  }

  private blockSequence(): Value[] {
    this.scanner.take();
    const items: Value[] = [];
    while (this.scanner.peek().kind === "-") {
      this.scanner.take();
      const { kind } = this.scanner.peek();
      items.push(kind === "-" || kind === "block end" ? null : this.node(true, false));
    }
    this.expect("block end", "every entry of a list begins with - in the same column");
    return items;
  }

  private indentlessSequence(): Value[] {
    const items: Value[] = [];
    while (this.scanner.peek().kind === "-") {
      this.scanner.take();
      const { kind } = this.scanner.peek();
      const isEmpty = kind === "-" || kind === "key" || kind === ":" || kind === "block end";
      items.push(isEmpty ? null : this.node(true, false));
    }
    return items;
  }

  private blockMapping(): Mapping {
    this.scanner.take();
    const entries = new Entries();
    while (this.scanner.peek().kind === "key") {
      this.scanner.take();
      const key = this.key(endsKey(this.scanner.peek().kind), true);
      this.entry(entries, key, () => this.blockValue());
    }
    this.expect("block end", "a key is expected here, in the column of the keys before it");
    return entries.value;
  }

  private blockValue(): Value {
    if (this.scanner.peek().kind !== ":") return null;
    this.scanner.take();
    return endsKey(this.scanner.peek().kind) ? null : this.node(true, true);
  }

  private flowSequence(): Value[] {
    this.scanner.take();
    const items: Value[] = [];
    for (let first = true; this.scanner.peek().kind !== "]"; first = false) {
      if (!first) this.expect(",", "a comma or ] is missing in a list in brackets");
      const { kind } = this.scanner.peek();
      if (kind === "]") break;
      items.push(kind === "key" ? this.pair() : this.node(false, false));
    }
    this.scanner.take();
    return items;
  }

  /** `[a: b]`: a mapping of one entry. */
  private pair(): Mapping {
    this.scanner.take();
    const entries = new Entries();
    const { kind } = this.scanner.peek();
    const key = this.key(kind === ":" || kind === "," || kind === "]", false);
    this.entry(entries, key, () => this.flowValue("]"));
    return entries.value;
  }

  private flowMapping(): Mapping {
    this.scanner.take();
    const entries = new Entries();
    for (let first = true; this.scanner.peek().kind !== "}"; first = false) {
      if (!first) this.expect(",", "a comma or } is missing in a mapping in braces");
      if (this.scanner.peek().kind === "}") break;
      this.flowEntry(entries);
    }
    this.scanner.take();
    return entries.value;
  }

  private flowEntry(entries: Entries): void {
    if (this.scanner.peek().kind !== "key") {
      const key = this.key(false, false);
      return this.entry(entries, key, () => null);
    }
    this.scanner.take();
    const { kind } = this.scanner.peek();
    const key = this.key(kind === ":" || kind === "," || kind === "}", false);
    this.entry(entries, key, () => this.flowValue("}"));
  }

  private flowValue(end: "]" | "}"): Value {
    if (this.scanner.peek().kind !== ":") return null;
    this.scanner.take();
    const { kind } = this.scanner.peek();
    return kind === "," || kind === end ? null : this.node(false, false);
  }

  private key(isEmpty: boolean, block: boolean): Key {
    const token = this.scanner.peek();
    if (isEmpty) return this.noKey(token);
    if (token.kind === "plain") {
      this.scanner.take();
      if (token.value === "<<") return { name: "<<", merges: true, line: token.line };
      return this.named(keyOf(token.value), token);
    }
    if (token.kind === "quoted") return this.named(this.scanner.take().value, token);
    return this.unusualKey(token, block);
  }

  // With an anchor or a tag, by its alias, or no scalar at all.
  private unusualKey(token: Token, block: boolean): Key {
    const value = this.node(block, block);
    if (typeof value === "object" && value !== null) return this.fail("a key is text, no list or mapping", token);
    if (value === null) return this.noKey(token);
    return this.named(typeof value === "number" ? keyOf(String(value)) : String(value), token);
  }

  private noKey(token: Token): never {
    return this.fail("a key is missing, or is null, which JSON does not have", token);
  }

  private named(name: string | undefined, token: Token): Key {
    return name === undefined ? this.noKey(token) : { name, merges: false, line: token.line };
  }

  private entry(entries: Entries, key: Key, read: () => Value): void {
    if (key.merges) return this.merge(entries, key, read);
    const value = read();
    if (!entries.add(key.name, value)) this.fail(`duplicated mapping key "${key.name}"`, key);
  }

  private merge(entries: Entries, key: Key, read: () => Value): void {
    const value = read();
    const sources = Array.isArray(value) ? value.toReversed() : [value];
    for (const source of sources) {
      if (typeof source !== "object" || source === null || Array.isArray(source))
        return this.fail("<< takes a mapping or a list of mappings", key);
      for (const [name, each] of Object.entries(source)) entries.mergeIn(name, each);
    }
  }

  private expect(kind: TokenKind, message: string): void {
    const token = this.scanner.peek();
    if (token.kind !== kind) this.fail(message, token);
    this.scanner.take();
  }
}

interface Key {
  readonly name: string;
  readonly merges: boolean;
  readonly line: number;
}

function endsKey(kind: TokenKind): boolean {
  return kind === "key" || kind === ":" || kind === "block end";
}

/** A mapping while it is read. Keys that come from a merge may be written again; the last one counts, as in Go. */
class Entries {
  readonly value: Mapping = {};
  private merged: Set<string> | undefined;

  /** False where the key was written before. */
  add(name: string, value: Value): boolean {
    if (Object.hasOwn(this.value, name) && this.merged?.delete(name) !== true) return false;
    this.set(name, value);
    return true;
  }

  mergeIn(name: string, value: Value): void {
    if (!Object.hasOwn(this.value, name)) (this.merged ??= new Set()).add(name);
    this.set(name, value);
  }

  private set(name: string, value: Value): void {
    if (name !== "__proto__") this.value[name] = value;
    else Object.defineProperty(this.value, name, { configurable: true, enumerable: true, writable: true, value });
  }
}

const NAMES: Readonly<Partial<Record<TokenKind, string>>> = {
  "-": "the - of a list",
  ":": "a colon",
  key: "a key",
  "block end": "the end of its block",
  "block mapping": "a mapping that is written out",
  "block sequence": "a list that is written out",
};

function named(kind: TokenKind): string {
  return NAMES[kind] ?? (kind.length === 1 ? `"${kind}"` : `the ${kind}`);
}
