/**
 * What an expression reads: fields of the subject by path, such as `container.securityContext` or
 * `pod.spec.volumes`. Two subjects that agree on these get the same verdict, so it need be found only once.
 */
export type Dependencies = readonly Field[];

type FieldPath = readonly [variable: string, ...keys: string[]];

/** A field by its whole path and by its steps. */
export interface Field {
  readonly id: string;
  readonly path: FieldPath;
}

/** How many keys below a variable tell enough apart; a whole pod spec or object is different each time. */
const DEPTH: Readonly<Record<string, number>> = { container: 1, pod: 2, object: 2 };

/** Fields above that depth that hold little. */
const SMALL: ReadonlySet<string> = new Set(["object.apiVersion", "object.kind", "object.type", "pod.metadata"]);

/** The fields that parsed expressions read; undefined where one reads a variable as a whole. */
export function dependenciesOf(asts: readonly unknown[]): Dependencies | undefined {
  const found = new Map<string, FieldPath>();
  if (!asts.every((ast) => collect(ast, found, new Set()))) return undefined;
  return [...found].map(([id, path]) => ({ id, path }));
}

const LINKS = ["args", "meta", "alternate", "macro", "receiver", "iterable", "init", "step", "val", "exp", "arg"];

function collect(node: unknown, found: Map<string, FieldPath>, seen: Set<object>): boolean {
  if (typeof node !== "object" || node === null || seen.has(node)) return true;
  seen.add(node);
  if (Array.isArray(node)) return node.every((each) => collect(each, found, seen));
  const chain = chainOf(node);
  if (chain !== undefined) return add(chain, found);
  return LINKS.every((link) => collect(Reflect.get(node, link), found, seen));
}

function add([variable, ...keys]: FieldPath, found: Map<string, FieldPath>): boolean {
  const depth = DEPTH[variable];
  if (depth === undefined) return true;
  if (keys.length < depth) return SMALL.has([variable, ...keys].join(".")) && set([variable, ...keys], found);
  return set([variable, ...keys.slice(0, depth)], found);
}

function set(path: FieldPath, found: Map<string, FieldPath>): boolean {
  found.set(path.join("."), path);
  return true;
}

/** The variable and keys of `a.b.?c`; of a variable alone, just that. */
function chainOf(node: object): FieldPath | undefined {
  const op: unknown = Reflect.get(node, "op");
  const args: unknown = Reflect.get(node, "args");
  if (op === "id" && typeof args === "string") return [args];
  if ((op !== "." && op !== ".?") || !Array.isArray(args)) return undefined;
  const [left, key]: readonly unknown[] = Array.from<unknown>(args);
  const start = typeof left === "object" && left !== null ? chainOf(left) : undefined;
  return start === undefined || typeof key !== "string" ? undefined : [...start, key];
}

const LIMIT = 20_000;

/** Gives equal values the same number. Forgets all when it holds too many. */
export class Interner {
  private readonly numbers = new Map<string, number>();
  private next = 1;

  /** Undefined for a value that is met for the first time: most never come again, so no verdict is kept. */
  number(text: string): number | undefined {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    if (this.numbers.size >= LIMIT) this.numbers.clear();
    this.numbers.set(text, this.next++);
    return undefined;
  }
}

/** The values of a subject's fields as numbers, each read once. */
export class Fingerprints {
  private readonly numbers = new Map<string, number | undefined>();

  constructor(
    private readonly variables: Readonly<Record<string, unknown>>,
    private readonly interner: Interner,
  ) {}

  /** A key that equal fields share; undefined where a value is new, or not known yet. */
  key(dependencies: Dependencies): string | undefined {
    let key = "";
    for (const field of dependencies) {
      const number = this.numberOf(field);
      if (number === undefined) return undefined;
      key += `${number},`;
    }
    return key;
  }

  private numberOf({ id, path }: Field): number | undefined {
    const known = this.numbers.get(id);
    if (known !== undefined || this.numbers.has(id)) return known;
    const number = this.read(path);
    this.numbers.set(id, number);
    return number;
  }

  private read([variable, ...keys]: FieldPath): number | undefined {
    try {
      let value: unknown = this.variables[variable];
      for (const [depth, key] of keys.entries()) {
        if (typeof value !== "object" || value === null) return undefined;
        // Missing at another step is another verdict: `a.b` fails without `a`, `a.?b` is absent without `b`.
        if (!Object.hasOwn(value, key)) return -1 - depth;
        value = Reflect.get(value, key);
      }
      return this.interner.number(JSON.stringify(value));
    } catch {
      // A value that is not known yet, or one that JSON has no form for: judged afresh.
      return undefined;
    }
  }
}
