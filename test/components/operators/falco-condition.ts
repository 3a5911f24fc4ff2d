/** What a condition of a Falco rule is made of. */
export interface Condition {
  readonly fields: readonly string[];
  readonly operators: readonly string[];
  /** Bare words: macros. */
  readonly macros: readonly string[];
  /** Fields with what they are compared with; names of lists among the values. */
  readonly comparisons: readonly { readonly field: string; readonly values: readonly string[] }[];
}

/** Operators of the filter language (falcosecurity/libs 0.25.4, userspace/libsinsp/filter/parser.cpp). */
const comparing = [
  ...["=", "==", "!=", "<=", ">=", "<", ">", "contains", "icontains", "bcontains", "startswith", "bstartswith"],
  ...["endswith", "glob", "iglob", "regex"],
];
const listing = ["in", "intersects", "pmatch"];

/**
 * Reads a condition by the grammar of Falco's filters, the part of it that has no field transformers.
 *
 * @throws where the condition is not one
 */
export function readCondition(text: string): Condition {
  const tokens = text.match(/\(|\)|,|"[^"]*"|'[^']*'|[^\s(),]+/g) ?? [];
  const found = { fields: new Set<string>(), operators: new Set<string>(), macros: new Set<string>() };
  const comparisons: { field: string; values: string[] }[] = [];
  let at = 0;
  const fail = (expected: string): never => {
    throw new Error(`expected ${expected} before "${tokens.slice(at, at + 3).join(" ")}" in: ${text}`);
  };
  const take = (): string => tokens[at++] ?? fail("more");
  const expect = (token: string): void => {
    if (take() !== token) fail(token);
  };
  const list = (): string[] => {
    expect("(");
    const values = [take()];
    while (tokens[at] === ",") {
      at++;
      values.push(take());
    }
    expect(")");
    return values;
  };
  const term = (): void => {
    const word = take();
    if (word === "not") return term();
    if (word === "(") {
      expression();
      return expect(")");
    }
    const operator = tokens[at] ?? "";
    if (operator === "exists") {
      at++;
      found.fields.add(word);
    } else if (comparing.includes(operator) || listing.includes(operator)) {
      at++;
      found.fields.add(word);
      found.operators.add(operator);
      comparisons.push({ field: word, values: (listing.includes(operator) ? list() : [take()]).map(unquoted) });
    } else if (/^[a-z][\w-]*$/i.test(word)) {
      found.macros.add(word);
    } else {
      fail("an operator");
    }
  };
  const expression = (): void => {
    term();
    while (tokens[at] === "and" || tokens[at] === "or") {
      at++;
      term();
    }
  };
  expression();
  if (at < tokens.length) fail("and, or, or the end");
  return {
    fields: [...found.fields],
    operators: [...found.operators],
    macros: [...found.macros],
    comparisons,
  };
}

const unquoted = (token: string): string => token.replace(/^(["'])(.*)\1$/, "$2");
