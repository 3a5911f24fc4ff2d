import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { boolYaml11Tag, CORE_SCHEMA, dump, load, mergeTag } from "js-yaml";
import { readBlockYaml } from "../../../cli/scan/block-yaml";
import { resolvePlain } from "../../../cli/scan/parse";
import { splitDocuments } from "../../../cli/scan/split";
import { ruleFiles } from "../../../policypack/engine/load";

const schema = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag);

const NOT_VALID = Symbol("not valid");

function complete(text: string): unknown {
  try {
    return load(text, { schema });
  } catch {
    return NOT_VALID;
  }
}

/** Whether the text was read at all; what was read is what the complete parser reads. */
function agrees(text: string): boolean {
  const read = readBlockYaml(text, resolvePlain);
  if (read !== undefined) assert.deepStrictEqual(read, complete(text), text);
  return read !== undefined;
}

const fixtures = ruleFiles()
  .flatMap(({ file }) => ["good", "bad"].map((kind) => file.replace(/\.[tj]s$/, `.${kind}.yaml`)))
  .flatMap((file) => [...splitDocuments([readFileSync(file, "utf8")], 1e9)].map(({ text }) => text));

/** Pieces that mean something to YAML, put where they may not belong. */
const pieces = [
  ...["- ", "  ", " ", "\n", "\n\n", ": ", ":", "#", " # c", "---\n", "...\n", "|\n", "|-\n", "|+\n", ">\n", ">-\n"],
  ...["''", '"', "|\n     \n"],
  ...["&a ", "*a", "!!str ", "? ", "<<: ", "{}", "[]", "[a, 'b']", "{a: 1}", "\t", "\r\n", "~", "null", "on", "0x1f"],
  ...["1e3", ".5", "-", "--", "\\", "\u00a0", "\u2028", "\ufeff", "\u0000", "'it''s'", '"\\u00e9"', "%", "@", "`", ","],
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat({ max: 12 }),
  piece: fc.constantFrom("", ...pieces),
});

function edited(text: string, { at, drop, piece }: { at: number; drop: number; piece: string }): string {
  const place = Math.floor(at * text.length);
  return text.slice(0, place) + piece + text.slice(place + drop);
}

describe("the reader of plain block YAML", () => {
  it("reads what helm template prints", () => {
    const text = `---
# Source: app/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "app"
  annotations:
    {}
  labels: # of the suite
    app.kubernetes.io/version: "1.0"
spec:
  replicas: 2
  paused: no
  template:
    spec:
      nodeSelector: {}
      containers:
      - name: main
        image: registry.example.org/app:1.2.3
        command: ["sh", '-c', run]
        args:
        - -config
        - |
          # kept
          a: 1

            deeper
        -
          - nested
        - >-
          folded
          lines
        - - a
          - b: c
            d:
        env:
        - name: LONG
          value: one two
            three
        - {}
`;
    assert.equal(agrees(text), true);
  });

  it("reads most documents of the rules' fixtures, as the complete parser does", () => {
    const read = fixtures.filter(agrees);
    assert.ok(read.length > fixtures.length / 4, `${read.length} of ${fixtures.length}`);
  });

  it("agrees with the complete parser on edited documents, wrong ones included", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
        agrees(edits.reduce(edited, text));
      }),
      { numRuns: 5_000 },
    );
  }).timeout(120_000);

  it("agrees with the complete parser on printed values", () => {
    const key = fc.oneof(fc.string(), fc.constantFrom("on", "1", "a.b/c", "__proto__", "<<", "~", "x y", "null"));
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.array(fc.string({ maxLength: 8 }), { maxLength: 5 }).map((lines) => lines.join("\n")),
      fc.constantFrom(...pieces),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "medium" },
        text,
        fc.double({ noNaN: true }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.boolean(), (printed, noArrayIndent) => {
        agrees(dump({ printed }, { schema, seqNoIndent: noArrayIndent }));
      }),
      { numRuns: 2_000 },
    );
  }).timeout(120_000);

  it("takes a plain scalar for what the complete parser takes it", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789.-+eExo_abfinINF~:ynTRUEtrue"), minLength: 1 });
    const plain = fc.oneof(
      digits,
      fc.constantFrom("yes", "Yes", "yEs", "OFF", "null", "~", ".inf", "-.Inf", "-0", "007"),
    );
    fc.assert(
      fc.property(plain, (text) => {
        agrees(`a: ${text}\n`);
        agrees(`${text}: a\n`);
        agrees(`- ${text}\n`);
      }),
      { numRuns: 20_000 },
    );
  }).timeout(60_000);

  it("leaves a deeply nested document to the complete parser", () => {
    const nested = Array.from({ length: 5_000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("");
    assert.equal(readBlockYaml(nested, resolvePlain), undefined);
    assert.equal(readBlockYaml(`${"- ".repeat(50_000)}a\n`, resolvePlain), undefined);
  });

  it("agrees with the complete parser on real manifests", function () {
    const corpus = join(__dirname, "..", "..", "..", "..", "shared", "corpus", "mijnbureau", "demo");
    let files: readonly string[] = [];
    try {
      files = readdirSync(corpus).map((name) => join(corpus, name));
    } catch {
      return this.skip();
    }
    const documents = files.flatMap((file) => [...splitDocuments([readFileSync(file, "utf8")], 1e9)]);
    const read = documents.filter(({ text }) => agrees(text));
    assert.ok(read.length > documents.length * 0.8, `${read.length} of ${documents.length}`);
  }).timeout(60_000);
});
