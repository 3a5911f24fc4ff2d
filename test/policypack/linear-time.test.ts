import assert from "node:assert/strict";
import { loadRules } from "../../policypack/engine/load";
import { patternOf } from "../../policypack/engine/cel/regex";
import { asObject, asString, type JsonObject } from "../../lib/json";
import { fixtures, judge } from "./harness";
import { costs, hostileUnits } from "./linear-time";

const MILLION = 1_000_000;

/** Far above what a linear rule needs on a busy machine, and far below what any other takes. */
const MOST = 2_500;

describe("hostile text", () => {
  const rules = loadRules();

  it("costs no rule more than its length", function () {
    this.timeout(600_000);
    const slow = rules.flatMap((rule, index) => {
      // Every rule with some of the units and places; `npm run conformance` has all of them.
      const units = [0, 5, 11].map((step) => hostileUnits[(index + step) % hostileUnits.length] ?? "a");
      return units.flatMap((unit) =>
        [...costs(rule, unit, MILLION, 4)].filter(({ milliseconds }) => milliseconds > MOST),
      );
    });
    assert.deepEqual(slow, []);
  });

  it("costs no expression more than its length", () => {
    const patterns = [
      "^(a+)+$",
      "(a|aa)+$",
      "(.*)*x",
      "^(([a-z])+.)+[A-Z]([a-z])+$",
      "(curl|wget) [^|]*[|] *sh( |$)",
      "eyJ[A-Za-z0-9_-]+[.]eyJ",
    ];
    for (const source of patterns)
      for (const text of [
        "a".repeat(200),
        `${"a".repeat(MILLION)}!`,
        "curl ".repeat(MILLION / 5),
        "eyJ".repeat(MILLION / 3),
      ]) {
        const start = process.cpuUsage();
        patternOf(source).test(text);
        assert.ok(process.cpuUsage(start).user < 1_500_000, `${source} on ${text.slice(0, 10)}…`);
      }
  });
});

describe("many objects", () => {
  const copies = (object: unknown, count: number): readonly unknown[] => {
    const whole = asObject(object) ?? {};
    // A namespace that is there once holds them all.
    if (whole["kind"] === "Namespace") return [whole];
    const metadata: JsonObject = asObject(whole["metadata"]) ?? {};
    return Array.from({ length: count }, (_, index) => ({
      ...whole,
      metadata: { ...metadata, name: `${asString(metadata["name"]) ?? "copy"}-${index}` },
    }));
  };

  it("bring no rule on a stack more findings than in proportion to their number", () => {
    const beyond = loadRules()
      .filter(({ type }) => type === "stack")
      .flatMap((rule) =>
        fixtures(rule, "bad")
          .slice(0, 1)
          .flatMap(({ objects }) => {
            const many = objects.flatMap((object) => copies(object, 100));
            const found = judge(rule, many).length;
            return found > 3 * many.length ? [{ rule: rule.id, objects: many.length, found }] : [];
          }),
      );
    assert.deepEqual(beyond, []);
  });
});

describe("regular expressions", () => {
  // What Go's regexp, which the API server has, says of the same.
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["a$", "a\n", false],
    ["a.b", "a\u2028b", true],
    ["a.b", "a\nb", false],
    ["^\\s$", "\u00a0", false],
    ["^.$", "\u{1F600}", true],
    ["(?i)PASSWORD", "my_Password", true],
    ["\\Aa\\z", "a", true],
    ["[[:alpha:]]+", "1a", true],
    ["^\\pL+$", "aé", true],
    ["^\\d+$", "\u0661", false],
    ["\\bfoo\\b", "a foo", true],
    ["(?s)a.b", "a\nb", true],
    ["[^/]+[.:][^/]*/", "ghcr.io/a", true],
  ];
  for (const [source, text, expected] of cases)
    it(`match ${source} as RE2 does on ${JSON.stringify(text)}`, () =>
      assert.equal(patternOf(source).test(text), expected));

  it("are refused where RE2 has no such syntax", () => {
    for (const source of ["(?=a)", "(?<!a)b", "(a)\\1"]) assert.throws(() => patternOf(source), source);
  });
});
