import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { keyEffects, type Render } from "../../../cli/charts/key-effects";
import { ChartsError } from "../../../cli/charts/error";
import { valueSubjects } from "../../../cli/charts/values";
import { chartLock } from "../../../components/charts/lock";
import {
  keyText,
  leafKeys,
  unrecordedKeys,
  valuesKeys,
  withOtherValue,
  withoutKey,
  type ValueTree,
} from "../../../components/charts/values-keys";

const leaf = fc.oneof(fc.boolean(), fc.integer(), fc.string(), fc.array(fc.string(), { maxLength: 2 }));
const key = fc.stringMatching(/^[a-z.]{1,4}$/);
const tree: fc.Arbitrary<ValueTree> = fc.letrec<{ tree: ValueTree }>((tie) => ({
  tree: fc.dictionary(key, fc.oneof({ maxDepth: 3 }, leaf, tie("tree")), { maxKeys: 3, noNullPrototype: true }),
})).tree;

describe("values keys", () => {
  it("are everything that is not a map, and empty maps; names with dots are quoted", () => {
    const values = { a: { b: 1, "c.d": [1, 2], e: {} }, f: null, g: undefined };
    assert.deepEqual(leafKeys(values).map(keyText), ["a.b", 'a."c.d"', "a.e", "f"]);
  });

  it("removing a key removes that key only", () => {
    fc.assert(
      fc.property(tree, fc.nat(), (values, index) => {
        const keys = leafKeys(values);
        const path = keys[index % Math.max(1, keys.length)];
        if (path === undefined) return;
        const left = leafKeys(withoutKey(values, path)).map(keyText);
        assert.deepEqual(
          left,
          keys.map(keyText).filter((found) => found !== keyText(path)),
        );
      }),
    );
  });

  it("another value is of the same type and different, at that key only", () => {
    const at = (values: unknown, path: readonly string[]): unknown =>
      path.reduce<unknown>((found, name) => (found as Record<string, unknown>)[name], values);
    fc.assert(
      fc.property(tree, fc.nat(), (values, index) => {
        const keys = leafKeys(values);
        const path = keys[index % Math.max(1, keys.length)];
        if (path === undefined) return;
        const changed = withOtherValue(values, path);
        assert.notDeepEqual(at(changed, path), at(values, path));
        assert.equal(Array.isArray(at(changed, path)), Array.isArray(at(values, path)));
        assert.equal(typeof at(changed, path), typeof at(values, path));
        for (const other of keys)
          if (keyText(other) !== keyText(path)) assert.deepEqual(at(changed, other), at(values, other));
      }),
    );
  });
});

describe("effects of values keys", () => {
  /** A chart: `used` shows, `pinned` shows only when it is not the default, `needed` must be there, the rest is ignored. */
  const chart: Render = (values) => {
    if (values["needed"] === undefined) return Promise.reject(new ChartsError("needed is required"));
    const { used, pinned } = values as { used?: { deep?: number }; pinned?: string };
    const object = {
      kind: "Deployment",
      metadata: { name: "x", namespace: "n" },
      spec: { replicas: used?.deep ?? 0, tier: pinned ?? "default" },
    };
    return Promise.resolve(
      `---\n${JSON.stringify(object)}\n---\n${JSON.stringify({ kind: "Secret", metadata: { name: "drawn" }, data: Math.random() })}\n`,
    );
  };

  it("are found where they show, and keys that nothing reads are dead", async () => {
    const values = { needed: true, used: { deep: 3, typo: 1 }, pinned: "default", gone: [1] };
    assert.deepEqual(await keyEffects(values, chart), {
      effects: {
        needed: "(the chart refuses to render otherwise)",
        pinned: "Deployment/n/x spec.tier",
        "used.deep": "Deployment/n/x spec.replicas",
      },
      dead: ["gone", "used.typo"],
    });
  });

  it("name the object that a key brings or takes away", async () => {
    const optional: Render = (values) =>
      Promise.resolve(values["on"] === true ? '{"kind":"Pod","metadata":{"name":"p"}}' : "");
    assert.deepEqual((await keyEffects({ on: true }, optional)).effects, { on: "Pod/p (the whole object)" });
    const inverse: Render = (values) => optional({ on: values["off"] === undefined });
    assert.deepEqual((await keyEffects({ off: true }, inverse)).effects, { off: "Pod/p (the whole object)" });
  });
});

describe("values keys on record", () => {
  const root = path.join(__dirname, "../../..");

  it("cover every key that an operator sets, for the pinned version of its chart", () => {
    const problems = valueSubjects(root).flatMap((subject) =>
      unrecordedKeys(subject, `${subject.chart} ${chartLock.get(subject.chart)?.version ?? ""}`),
    );
    assert.deepEqual(problems, []);
  });

  it("hold no operator that is gone, and no key that is not set any more", () => {
    const subjects = new Map(valueSubjects(root).map((subject) => [subject.operator, subject]));
    for (const [operator, { keys }] of Object.entries(valuesKeys)) {
      const set = new Set(leafKeys(subjects.get(operator)?.values ?? {}).map(keyText));
      assert.deepEqual(
        Object.keys(keys).filter((found) => !set.has(found)),
        [],
        operator,
      );
    }
  });

  it("say what is missing, of another version, or of an unknown operator", () => {
    const demo = (values: ValueTree) => ({ operator: "demo", values, inert: {} });
    const known = { demo: { chart: "demo 1.0.0", keys: { a: "Pod/p spec" } } };
    assert.deepEqual(unrecordedKeys(demo({ a: 1 }), "demo 1.0.0", known), []);
    assert.match(
      unrecordedKeys(demo({ a: 1, b: 2 }), "demo 1.0.0", known).join(),
      /^operator demo: values key b has no effect on record/,
    );
    assert.match(
      unrecordedKeys(demo({ a: 1 }), "demo 1.1.0", known).join(),
      /on record for demo 1\.0\.0, not demo 1\.1\.0/,
    );
    assert.match(
      unrecordedKeys({ ...demo({}), operator: "new" }, "demo 1.0.0", known).join(),
      /no values key is on record/,
    );
  });

  it("is data beside the code, one key a line, sorted", () => {
    const text = fs.readFileSync(path.join(root, "components/charts/recorded-keys.json"), "utf8");
    assert.deepEqual(Object.keys(valuesKeys), Object.keys(valuesKeys).toSorted());
    assert.equal(text, `${JSON.stringify(valuesKeys, null, 2)}\n`);
  });
});
