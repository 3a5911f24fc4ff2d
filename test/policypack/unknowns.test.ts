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
  const record = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    record.map(([key, each]: [string, unknown]) => [key, key === step ? replaced(each, rest, by) : each]),
  );
}

/** The objects of a stack with one value of one of them replaced, for every value. */
function* poisoned(
  objects: readonly unknown[],
): Iterable<{ readonly objects: readonly unknown[]; readonly path: Path }> {
  for (const path of paths(objects)) {
    if (path.length > 1 && !isIdentity(path.slice(1)))
      yield {
        objects: objects.map((each, index) => (index === path[0] ? replaced(each, path.slice(1), UNKNOWN) : each)),
        path,
      };
  }
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
    ...entries.flatMap((entry) => engine.judge(entry, contextIn(stack, entry, missing), stack)),
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
        for (const { objects, path } of poisoned(fixture.objects)) {
          const found = decisions(engine, rule, objects);
          assert.ok(found.size > 0, `document ${fixture.document}: unknown ${path.join(".")} lets it pass`);
        }
      }
    });
  }
});
