/** The scanner's YAML reader against sigs.k8s.io/yaml, which kubectl reads with, on documents that are made up here. */
import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { ensureTools } from "../../embedded/toolchain";
import { asObject, asString } from "../../lib/json";
import { readYaml } from "../../cli/scan/yaml/read";

/** What a reader makes of a document: a value, or a refusal. */
export interface Reading {
  readonly value?: unknown;
  readonly error?: string;
}

/** A difference that is meant, with its reason. */
export interface MeantDifference {
  readonly reason: string;
  readonly covers: (document: string, ours: Reading, theirs: Reading) => boolean;
}

export const meantDifferences: readonly MeantDifference[] = [
  {
    reason:
      "A key that stands twice: the library keeps the last one, and the API server then refuses the object (strict field validation). A scan that chose one would judge an object that no cluster gets.",
    covers: (_document, { error }, theirs) =>
      error?.startsWith("duplicated mapping key") === true ||
      // Found before the key that stands twice.
      (/is a number that JSON|a key is missing/.test(error ?? "") && theirs.error === undefined),
  },
  {
    reason:
      "Directives: kubectl cuts at `---` before it reads, so that a directive never reaches the document behind it.",
    covers: (_document, { error }) => error?.includes("begins with %") === true,
  },
  {
    reason:
      "An alias of a list behind `<<`: the library asks for a mapping or a list that is written out. Ours merges what the list holds.",
    covers: (document, ours, { error }) =>
      ours.error === undefined && /<<\s*:\s*\*/.test(document) && error?.includes("map merge") === true,
  },
  {
    reason:
      "Base64 of bytes that are no UTF-8: no text is right, and each side marks what it could not read in its own way.",
    covers: (document, ours, theirs) =>
      document.includes("!!binary") &&
      JSON.stringify(ours.value)?.includes("\ufffd") &&
      JSON.stringify(theirs.value)?.includes("\ufffd"),
  },
];

export function ourReading(document: string): Reading {
  try {
    return { value: readYaml(document).value };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** What the library makes of each document. */
export function theirReadings(binary: string, documents: readonly string[]): readonly Reading[] {
  const input = documents.map((each) => `${JSON.stringify(each)}\n`).join("");
  const { stdout, stderr, status } = spawnSync(binary, { input, encoding: "utf8", maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`sigs-yaml failed: ${stderr}`);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => {
      const read = asObject(JSON.parse(line)) ?? {};
      const error = asString(read["error"]);
      return error === undefined ? { value: read["value"] ?? null } : { error };
    });
}

/** Where the two differ without a reason, in words. */
export function yamlDifferences(documents: readonly string[], theirs: readonly Reading[]): readonly string[] {
  return documents.flatMap((document, index) => {
    const [our, their] = [ourReading(document), theirs[index] ?? {}];
    const same =
      our.error === undefined
        ? their.error === undefined && isDeepStrictEqual(our.value, their.value)
        : their.error !== undefined;
    if (same || meantDifferences.some(({ covers }) => covers(document, our, their))) return [];
    return [`${JSON.stringify(document)}: ${shown(our)} here, ${shown(their)} in sigs.k8s.io/yaml`];
  });
}

const shown = ({ value, error }: Reading): string =>
  error === undefined ? JSON.stringify(value) : `refused (${error})`;

/** Scalars of every kind that a reader of YAML 1.1 may take for something else. */
const scalars = [
  ..."0 1 -1 +1 00 08 010000 0b0 0B11 -0b101 +0b1 0o17 0O7 0x1F 0X0 -0x1f 0_0 1_000 1__0 1_ _1 0x_F 0b_1 0o_7".split(
    " ",
  ),
  ..."9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 -9223372036854775808".split(
    " ",
  ),
  ..."1.5 .5 -.5 +.5 5. 1e3 1E3 1e+3 1.e3 .5e3 .1_0 ._5 1_0.5 1e400 0.0 -0 -0.0 0x1p-2 1:20 190:20:30 1:20.5 0644".split(
    " ",
  ),
  ..."y Y n N yes Yes YES yEs no No NO on On ON off Off OFF true True TRUE tRue false ~ null Null NULL nULL".split(" "),
  ..."<< = == - -- --- .. ... .a -a ?a :a a:b a#b a? 2001-01-01 2001-1-1 2001-12-14t21:59:43.10-05:00 12e03 1.2.3 +a".split(
    " ",
  ),
  ...[
    "a b",
    "a: b",
    "a #b",
    "'a'",
    "''",
    '"a"',
    '""',
    "'it''s'",
    "'a ''b'' c'",
    "'''a'",
    "'a'''",
    '"a \\" b"',
    '"\\n\\t\\x41\\u00e9\\U0001F600"',
    '"\\/"',
    '"a\\\n  b"',
  ],
  ...[
    "!!str 1",
    "!!int '3'",
    "!!int a",
    "!!float 3",
    "!!bool yes",
    "!!null ''",
    "!!null x",
    "!!binary aGk=",
    "!foo bar",
    "! 1",
  ],
  ...[
    "!<tag:yaml.org,2002:str> 1",
    "!!timestamp 2001-01-01",
    "!!set {x, y}",
    "!!omap [a: 1]",
    "&x 1",
    "*x",
    "&x",
    "!!str",
    "!e!x 1",
  ],
  ...[
    "[]",
    "{}",
    "[a, b]",
    "[a: b]",
    "{a: b}",
    "{a, b: }",
    "[a,]",
    "[,]",
    "{a: [b, {c: d}]}",
    "[? a : b]",
    "{? a}",
    "{a: b: c}",
  ],
  ...[
    "|\n  a\n   b\n",
    ">\n  a\n  b\n\n  c\n",
    "|-\n  a\n",
    "|+\n  a\n\n",
    ">2\n    a\n   b\n",
    "|1\n a\n",
    "|0\n a\n",
    "| # c\n  a",
  ],
  ...[
    "{{ x }}",
    "%a",
    "@a",
    "`a`",
    "a\tb",
    "\ta",
    "é",
    "\u{1F600}",
    "a\u2028b",
    "a\u0085b",
    "\ufeffa",
    "\u007f",
    ".inf",
    "-.Inf",
    ".nan",
  ],
  ...["[\n  a\n]", "[\na,\n  b ]", "{\na: b\n}", '"a\nb"', "'a\n\n\n  b'", "a\n  b", "a\nb", "a\n\n  b", "a # c\n  b"],
];

const scalar = fc.constantFrom(...scalars);
const indent = fc.constantFrom("", " ", "  ", "    ", "\t", "  \t");
const end = fc.constantFrom("\n", "\n", "\n", "\r\n", "\r", " \n", " # c\n", "\n\n", "\n# c\n", "\n\t\n", "# c\n");

/** One line as people write it, or nearly so. */
const line = fc
  .record({
    indent,
    start: fc.constantFrom(
      "",
      "- ",
      "- - ",
      "a: ",
      "b: ",
      "? ",
      ": ",
      "- a: ",
      "'a': ",
      '"b": ',
      "1: ",
      "~: ",
      "1.5: ",
      "<<: ",
      "[a]: ",
      "a : ",
      "a:",
      "-",
      "&x ",
      "yes: ",
      "---",
      "...",
    ),
    value: fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.constant("") }),
    end,
  })
  .map((part) => part.indent + part.start + part.value + part.end);

/** Whole values in a mapping, a list or by themselves, each alone: where scalars differ this shows it. */
const single: readonly string[] = scalars.flatMap((each) => [
  each,
  `a: ${each}\n`,
  `- ${each}\n`,
  `${each}: b\n`,
  `a:\n  b: ${each}\n  c: d\n`,
  `[${each}]`,
  `{a: ${each}}`,
  `{${each}: a}`,
  `a: ${each} # c\n`,
  `? ${each}\n: b\n`,
]);

/** The documents of a run. */
export function yamlDocuments(seed: number, count: number): readonly string[] {
  const lines = fc.array(line, { minLength: 1, maxLength: 6 }).map((each) => each.join(""));
  return [...single, ...fc.sample(lines, { seed, numRuns: count })];
}

/** The binary that reads with the library; undefined where it cannot be had. */
export async function sigsYaml(): Promise<string | undefined> {
  try {
    return (await ensureTools(["sigs-yaml"]))["sigs-yaml"];
  } catch {
    return undefined;
  }
}
