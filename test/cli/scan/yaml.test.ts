import assert from "node:assert/strict";
import fc from "fast-check";
import { YamlError } from "../../../cli/scan/yaml/error";
import { readYaml } from "../../../cli/scan/yaml/read";

const value = (text: string): unknown => readYaml(text).value;

describe("YAML as kubectl reads it", () => {
  // What sigs.k8s.io/yaml 1.6.0 gives; `npm run conformance` compares many more with the library itself.
  const scalars: Readonly<Record<string, unknown>> = {
    "0b0": 0,
    "0_0": 0,
    "010000": 4096,
    "026": 22,
    "08": 8,
    "0o17": 15,
    "0X1f": 31,
    "-0b101": -5,
    "1_000": 1000,
    "1:20": "1:20",
    "1.": 1,
    ".5": 0.5,
    "1e3": 1000,
    "1e400": "1e400",
    _1: "_1",
    y: true,
    Off: false,
    yEs: "yEs",
    "~": null,
    "2001-01-01": "2001-01-01",
    "!!str 1": "1",
    "!!int '0x10'": 16,
    "!!float 1": 1,
    "!!binary aGk=": "hi",
    "!!set {x, z}": { x: null, z: null },
    "!local text": "text",
    "! 1": "1",
    '"a\\x41\\u00e9"': "aAé",
    "'it''s'": "it's",
    "a#b": "a#b",
    "a #b": "a",
    '"b"# c': "b",
    "[a: b, c]": [{ a: "b" }, "c"],
  };
  for (const [text, expected] of Object.entries(scalars))
    it(`reads ${text}`, () => assert.deepEqual(value(`a: ${text}\n`), { a: expected }));

  const documents: readonly (readonly [string, string, unknown])[] = [
    ["brackets that close in the column of their key", "a:\n  args: [\n    x\n  ]\n", { a: { args: ["x"] } }],
    ["brackets that close at the margin", "a: [x,\nz]\n", { a: ["x", "z"] }],
    ["quoted text that goes on in the column of its key", 'a:\n  b: "x\n  y"\n  c: d\n', { a: { b: "x y", c: "d" } }],
    ["plain text on several lines", "a: x\n  y\n\n  z\nb: c\n", { a: "x y\nz", b: "c" }],
    [
      "block scalars",
      "a: |\n  x\n   y\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\n",
      { a: "x\n y\n", b: "x y\nz", c: "x\n\n" },
    ],
    ["lists in the column of their key", "a:\n- b\n- c: d\n  e: f\n", { a: ["b", { c: "d", e: "f" }] }],
    [
      "merges, of which the last word counts",
      "a: &a {x: 1, z: 1}\nb:\n  <<: *a\n  z: 2\n",
      { a: { x: 1, z: 1 }, b: { x: 1, z: 2 } },
    ],
    ["keys that are no text", "1: a\n0x10: b\nyes: c\n1.5: d\n", { "1": "a", "16": "b", true: "c", "1.5": "d" }],
    ["a key that objects have by themselves", "__proto__: {a: b}\n", JSON.parse('{"__proto__":{"a":"b"}}')],
    ["the first document alone", "a: b\n...\nc: d\n", { a: "b" }],
    ["nothing", "# nothing\n", null],
  ];
  for (const [what, text, expected] of documents) it(`reads ${what}`, () => assert.deepEqual(value(text), expected));

  const refused: readonly (readonly [string, string, RegExp, number])[] = [
    ["tabs for indentation", "a:\n\t- b\n", /tabs/, 1],
    ["a key twice", "a: 1\nb: 2\na: 3\n", /duplicated mapping key "a"/, 2],
    ["numbers that JSON has not", "a: .inf\n", /JSON/, 0],
    ["an alias without its anchor", "a: *b\n", /no anchor &b/, 0],
    ["an alias within its anchor", "a: &a [*a]\n", /contains it/, 0],
    ["a key that is null", "~: a\n", /a key is missing/, 0],
    ["a key that is a list", "a: b\n? [c]\n: d\n", /a key is text/, 1],
    ["a missing quote", 'a: "b\n', /closing quote/, 0],
    ["a missing bracket", "a: [b\nc: d\n", /comma or \]/, 1],
    ["a colon in plain text", "a: b: c\n", /in quotes/, 0],
    ["a template", "a: {{ .b }}\n", /a key is text/, 0],
    ["a type that does not fit", "a: !!int b\n", /!!int/, 0],
    ["characters that are none", "a: b\u0001\n", /U\+0001/, 0],
    ["a directive", "%YAML 1.1\n---\na: b\n", /begins with %/, 0],
  ];
  for (const [what, text, message, line] of refused)
    it(`refuses ${what}, with its line`, () => {
      assert.throws(
        () => value(text),
        (error) => error instanceof YamlError && message.test(error.message) && error.line === line,
      );
    });

  it("reads whatever JSON writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (json) => {
        // Control characters are escaped by JSON, lone surrogates are no characters, and YAML 1.1 has more line ends.
        const text = JSON.stringify(json);
        if (
          /\\ud[89a-f]|[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u2028\u2029]|1e|E/u.test(text)
        )
          return;
        assert.deepEqual(JSON.stringify(value(text)), JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("takes no more time than the text is long, whatever it holds", () => {
    const million = 1_000_000;
    const hostile = [
      "[",
      "{",
      '"',
      "'",
      "- ",
      "a: ",
      "? ",
      "&a ",
      "!a ",
      "*",
      "|\n",
      "> ",
      "a\n",
      "\n ",
      "#",
      "{a",
      "[a, ",
      "'' ",
      '\\"',
      "a:\n ",
    ];
    for (const unit of hostile) {
      const text = unit.repeat(Math.floor(million / unit.length));
      const start = process.cpuUsage();
      try {
        readYaml(text);
      } catch {
        // Most of it is no YAML.
      }
      const { user } = process.cpuUsage(start);
      assert.ok(user < 4_000_000, `${JSON.stringify(unit)} takes ${user / 1000} ms`);
    }
  });
});
