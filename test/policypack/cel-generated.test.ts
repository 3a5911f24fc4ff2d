import assert from "node:assert/strict";
import fc from "fast-check";
import { generate } from "../../policypack/engine/cel/generate";
import { generatedFor } from "../../policypack/engine/cel/generated";
import { Expression } from "../../policypack/engine/cel/expression";
import type { Variables } from "../../policypack/engine/cel/expression";
import { syntaxTree } from "../../policypack/engine/cel/interpreter";
import { parametersOf } from "../../policypack/engine/compiled";
import { readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { WrongType } from "../../lib/unknown";
import { isUnknownValue } from "../../policypack/engine/preview";
import { sourcesOf } from "../../policypack/engine/rule";
import type { ExpressionRule } from "../../policypack/engine/rule";
import { raiseUnknown } from "../../lib/unknown";
import { mutate, random } from "../fuzz/objects";
import { fixtures, settingsFor } from "./harness";

const rules = loadRules().filter((rule): rule is ExpressionRule => rule.type === "expression");

/** Left to the interpreter: neither is a value that CEL has. */
const left = Symbol("left");

function byCode(source: string, variables: Variables, params: unknown): unknown {
  const code = generatedFor(source);
  assert.ok(code !== undefined, `no code for ${source}`);
  try {
    return code(variables.object, variables.pod, variables.container, params);
  } catch {
    return left;
  }
}

/** Code has one type of number where CEL has two that compare alike. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

/** The subjects of an object, as rules get them. */
function subjectsOf(raw: unknown): readonly Variables[] {
  const object = readObject(raw, {}, isUnknownValue);
  if (object === undefined) return [];
  const whole = { object: object.object, ...(object.pod && { pod: object.pod.pod }) };
  return [whole, ...(object.pod?.containers ?? []).map(({ container }) => ({ ...whole, container }))];
}

describe("code generated from expressions", () => {
  const originals = rules.flatMap((rule) =>
    [...fixtures(rule, "good"), ...fixtures(rule, "bad")].flatMap(({ objects }) => objects),
  );

  /** Compares one expression on subjects; tells how many values came from code. */
  function compare(rule: ExpressionRule, source: string, subjects: readonly Variables[]): number {
    const params = parametersOf(rule.definition, settingsFor(rule));
    const expression = new Expression(source);
    return subjects.filter((variables) => {
      const value = byCode(source, variables, params);
      if (value === left) return false;
      let expected: unknown;
      try {
        expected = plain(expression.interpret(variables, params));
      } catch (error) {
        // cel-js reads elements that the expression does not ask for.
        if (error instanceof WrongType) return false;
        assert.fail(`${rule.id}: code gives ${String(value)}, CEL: ${String(error)}\n${source}`);
      }
      assert.deepEqual(value, expected, `${rule.id}: ${source}`);
      return true;
    }).length;
  }

  const withCode = rules.flatMap((rule) =>
    sourcesOf(rule.definition).flatMap((source) => (generatedFor(source) === undefined ? [] : [{ rule, source }])),
  );

  it("gives what cel-js gives, for each rule on its own fixtures", function () {
    this.timeout(120_000);
    let [decided, all] = [0, 0];
    for (const { rule, source } of withCode) {
      const own = [...fixtures(rule, "good"), ...fixtures(rule, "bad")].flatMap(({ objects }) => objects);
      const subjects = own.flatMap(subjectsOf);
      decided += compare(rule, source, subjects);
      all += subjects.length;
    }
    // Else the rules would be right, and slow.
    assert.ok(decided > 0.6 * all, `code decides only ${decided} of ${all}`);
  });

  it("gives what cel-js gives on any object, broken ones too, or leaves it", function () {
    this.timeout(240_000);
    const next = random(7);
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(next() * from.length)];
    const broken = Array.from({ length: 4_000 }, () => mutate(pick(originals), next, 0.06));
    const subjects = [...broken, ...originals].flatMap(subjectsOf);
    const some = (): Variables[] =>
      Array.from({ length: 60 }, () => pick(subjects)).filter((each) => each !== undefined);
    const decided = withCode.reduce((sum, { rule, source }) => sum + compare(rule, source, some()), 0);
    assert.ok(decided > 2_000, `compared only ${decided}`);
  });

  // Not "constructor": cel-js 8.0.0 takes a map with that key for no map (lib/operators.js, debugType).
  const key = fc.constantFrom("a", "b", "toString", "valueOf", "length", "__proto__");
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 1.5, Number.NaN, 2 ** 60, "", "a", "b", "1", "ü", "🙂"),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie("json")), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  const expressions = [
    "object.a",
    "object.a.b",
    "object.?a.b.orValue('x')",
    "object.?a.?toString.hasValue()",
    "object.toString",
    "object[?'valueOf'].hasValue()",
    "object['a']",
    "object.a[0]",
    "object.a[?1].orValue(0)",
    "has(object.a) && has(object.a.valueOf)",
    "object.a == object.b",
    "object.a != 'a'",
    "object.a < object.b",
    "object.a >= 1",
    "object.a <= 1.5 || object.b > -1",
    "object.a in object.b",
    "object.a in ['a', 'b']",
    "!object.a",
    "object.a && object.b",
    "object.a || object.b",
    "object.a ? object.b : 'c'",
    "object.a + object.b",
    "type(object.a) == string",
    "type(object.a) != list",
    "type(object.a) == map || type(object.b) == bool",
    "type(cidr(object.a)) == map",
    "object.a.all(x, x == 'a')",
    "object.a.exists(x, x == 1)",
    "object.a.filter(x, x != 'a')",
    "object.a.map(x, x == object.b)",
    "object.a.all(x, x.all(y, y in x))",
    "size(object.a) > 1",
    "object.a.size() == 0",
    "object.a.size() + 2 * object.b.size() - 1",
    "object.a.map(x, size(x)).sum() * (object.b.size() > 1 ? 3 : 4)",
    "object.a.distinct()",
    "object.a == 1 || object.a == 'a' || object.b == true",
    "object.a + 1",
    "object.?a.length.hasValue()",
    "object.a.length == 2",
    "object.a.startsWith('a') || object.a.endsWith('b') || object.a.contains('🙂')",
    "object.a.matches('^[ab]?$')",
    "object.a.indexOf('b') + object.a.lowerAscii().indexOf('a') > 0",
    "object.a.substring(1)",
    "object.a.substring(0, 2)",
    "object.a.split('').join(object.b)",
    "object.a.upperAscii().trim().replace('A', object.b)",
    "string(object.a)",
    "int(object.a)",
    "cidr(object.a).prefixLength() > 8 || cidr('10.0.0.0/8').containsCIDR(object.b)",
    "{} == object.a",
  ];

  for (const source of expressions) {
    it(`gives what cel-js gives, or leaves it: ${source}`, () => {
      const expression = new Expression(source);
      fc.assert(
        fc.property(json, json, (a, b) => {
          const variables = { object: { a, b } };
          const value = byCode(source, variables, {});
          if (value !== left) assert.deepEqual(value, plain(expression.interpret(variables, {})));
        }),
        { numRuns: 400 },
      );
    });
  }

  it("is at work at all", () => {
    const text = { object: { a: "a", b: "b" } };
    assert.equal(byCode("object.a == object.b", text, {}), false);
    assert.equal(byCode("object.?c.d.orValue(object.a + 'x')", text, {}), "ax");
    assert.equal(byCode("[object.a].exists(x, x in ['b'] || x.matches('^a$'))", text, {}), true);
  });

  it("leaves values that are not known", () => {
    const object = Object.defineProperty({ b: true }, "a", { enumerable: true, get: raiseUnknown });
    assert.equal(byCode("object.a || object.b", { object }, {}), left);
    assert.equal(new Expression("object.a || object.b").evaluate({ object }, {}), true);
    assert.throws(() => new Expression("object.a && object.b").evaluate({ object }, {}), /known after deployment/);
  });

  it("runs nothing that a rule's text could smuggle in", () => {
    const hostile = "');globalThis.broken = 1;('\u2028\\";
    const source = `object.a == ${JSON.stringify(hostile)}`;
    assert.equal(byCode(source, { object: { a: hostile } }, {}), true);
    assert.ok(!("broken" in globalThis));
  });

  it("is made of every rule, but for what is seldom used", () => {
    // Durations and numbers of the object are the interpreter's, which takes a hundred times as long.
    const interpreted = [
      "addons/backup-retention",
      "addons/trivy-report-age",
      "availability/memory-guaranteed",
      "exposure/certificate-duration",
      "secrets/generated-rotation",
      "secrets/refresh-interval",
    ];
    const without = rules.filter(({ definition }) =>
      sourcesOf(definition).some((source) => generate(syntaxTree(source)) === undefined),
    );
    assert.deepEqual(
      without.map(({ id }) => id),
      interpreted,
    );
  });
});
