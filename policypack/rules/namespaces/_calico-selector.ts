/** Calico's selectors (Calico, NetworkPolicy reference, "Selectors"), read and applied to labels. */
type Labels = Readonly<Record<string, string>>;
type Test = (labels: Labels) => boolean;

export interface Selector {
  readonly selects: Test;
  /** The labels that it asks for. */
  readonly keys: ReadonlySet<string>;
}

const TOKEN =
  /\s*(&&|\|\||==|!=|!|\(|\)|\{|\}|,|"[^"]*"|'[^']*'|(?:not\s+in|in|starts\s+with|ends\s+with|contains)(?=[\s{"'])|[A-Za-z0-9_./-]+)/y;

function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  let end = 0;
  while (end < text.length) {
    TOKEN.lastIndex = end;
    const found = TOKEN.exec(text)?.[1];
    if (found === undefined) return text.slice(end).trim() === "" ? tokens : undefined;
    end = TOKEN.lastIndex;
    tokens.push(found.replace(/\s+/, " "));
  }
  return tokens;
}

class Reader {
  readonly keys = new Set<string>();
  private next = 0;
  constructor(private readonly tokens: readonly string[]) {}

  get done(): boolean {
    return this.next >= this.tokens.length;
  }

  private take(expected?: string): string {
    const token = this.tokens[this.next++];
    if (token === undefined || (expected !== undefined && token !== expected)) throw new SyntaxError("no selector");
    return token;
  }

  private takeIf(token: string): boolean {
    if (this.tokens[this.next] !== token) return false;
    this.next++;
    return true;
  }

  either(): Test {
    const parts = [this.both()];
    while (this.takeIf("||")) parts.push(this.both());
    return (labels) => parts.some((part) => part(labels));
  }

  private both(): Test {
    const parts = [this.single()];
    while (this.takeIf("&&")) parts.push(this.single());
    return (labels) => parts.every((part) => part(labels));
  }

  private single(): Test {
    if (this.takeIf("!")) {
      const inner = this.single();
      return (labels) => !inner(labels);
    }
    if (this.takeIf("(")) {
      const inner = this.either();
      this.take(")");
      return inner;
    }
    const word = this.take();
    if (this.takeIf("(")) {
      const argument = this.takeIf(")") ? undefined : this.take();
      if (argument !== undefined) this.take(")");
      if (word === "all" && argument === undefined) return () => true;
      if (word === "has" && argument !== undefined) {
        this.keys.add(argument);
        return (labels) => labels[argument] !== undefined;
      }
      if (word === "global" && argument === undefined) return () => false;
      throw new SyntaxError("no selector");
    }
    return this.comparison(word);
  }

  private comparison(key: string): Test {
    this.keys.add(key);
    const operator = this.take();
    if (operator === "in" || operator === "not in") {
      const values = this.set();
      return (labels) =>
        values.has(labels[key] ?? "") && labels[key] !== undefined ? operator === "in" : operator !== "in";
    }
    const value = unquoted(this.take());
    switch (operator) {
      case "==":
        return (labels) => labels[key] === value;
      case "!=":
        return (labels) => labels[key] !== value;
      case "contains":
        return (labels) => labels[key]?.includes(value) === true;
      case "starts with":
        return (labels) => labels[key]?.startsWith(value) === true;
      case "ends with":
        return (labels) => labels[key]?.endsWith(value) === true;
      default:
        throw new SyntaxError("no selector");
    }
  }

  private set(): ReadonlySet<string> {
    this.take("{");
    const values = new Set<string>();
    while (!this.takeIf("}")) {
      values.add(unquoted(this.take()));
      this.takeIf(",");
    }
    return values;
  }
}

function unquoted(token: string): string {
  return /^(["']).*\1$/s.test(token) ? token.slice(1, -1) : token;
}

/** A selector; undefined where the text is none. The empty text selects all. */
export function calicoSelector(text: string): Selector | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  if (tokens.length === 0) return { selects: () => true, keys: new Set() };
  try {
    const reader = new Reader(tokens);
    const selects = reader.either();
    return reader.done ? { selects, keys: reader.keys } : undefined;
  } catch (error) {
    // A text that nests too deep to be read is none either.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
