import assert from "node:assert/strict";
import { contextIn, Engine, readObject } from "../../policypack/engine/engine";
import { loadRules } from "../../policypack/engine/load";
import { isUnknownValue } from "../../policypack/engine/preview";
import { scopeOf } from "../../policypack/engine/rule";
import type { Rule } from "../../policypack/engine/rule";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { fixtures, settingsFor, TODAY } from "./harness";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Path = readonly (string | number)[];

/** Every value of an object: leaves, elements of lists, and whole branches. */
function* paths(value: unknown, path: Path = []): Iterable<Path> {
  if (path.length > 0) yield path;
  if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* paths(each, [...path, index]);
  else if (typeof value === "object" && value !== null) {
    for (const [key, each] of Object.entries(value)) yield* paths(each, [...path, key]);
  }
}

function replaced(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((each: unknown, index) => (index === step ? replaced(each, rest, by) : each));
  return { ...Object(value), [step]: replaced(Object(value)[step], rest, by) };
}

/** What tells kind and place of an object is always known before deployment. */
function isIdentity(path: Path): boolean {
  const inObject = path[0] === "items" ? path.slice(2) : path;
  return inObject.length < 2 && ["apiVersion", "kind", "metadata", "items"].includes(String(inObject[0] ?? "items"));
}

function decisions(engine: Engine, rule: Rule, objects: readonly unknown[]): ReadonlySet<string> {
  const entries = objects
    .map((object) => readObject(object, {}, isUnknownValue))
    .filter((entry): entry is StackObject => entry !== undefined);
  const stack = new StackIndex(entries);
  const scope = scopeOf(rule.definition);
  const missing = scope === "suite" || scope === "operator" ? scope : "any";
  const findings = [
    ...entries.flatMap((entry) => engine.judge(entry, contextIn(stack, entry, missing))),
    ...engine.judgeStack(stack),
  ];
  return new Set(findings.map((finding) => finding.decision));
}

describe("values that are not known yet", () => {
  for (const rule of loadRules()) {
    it(`never let a bad object pass ${rule.id}`, function () {
      this.timeout(60_000);
      const engine = new Engine([rule], settingsFor(rule), TODAY);
      for (const fixture of fixtures(rule, "bad")) {
        // Where several objects make one stack, leaving another object out changes the question.
        const list = fixture.objects;
        for (const [index, object] of list.entries()) {
          for (const path of paths(object)) {
            if (isIdentity(path)) continue;
            const poisoned = list.map((each, at) => (at === index ? replaced(each, path, UNKNOWN) : each));
            const found = decisions(engine, rule, poisoned);
            assert.ok(
              found.size > 0,
              `document ${fixture.document}, object ${index}: unknown ${path.join(".")} lets it pass`,
            );
          }
        }
      }
    });
  }
});
