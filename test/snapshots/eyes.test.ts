import assert from "node:assert/strict";
import * as fc from "fast-check";
import { complaints, sentences, snapshotsOf } from "./files";
import { changesOf, Eyes, leavesOf } from "./leaves";
import { roomsOf } from "./rooms";
import { BASE, stackNames, wholeOf, type Whole } from "./stack";
import { textOf, treeOfText } from "./text";
import { treeOf } from "./tree";

const SAMPLES = 200;

describe("the eyes of the snapshots", function () {
  this.timeout(120_000);
  const wholes = new Map<string, Whole>();
  let eyes: Eyes;
  before(() => {
    for (const stack of stackNames()) wholes.set(stack, wholeOf(stack));
    eyes = new Eyes(wholes);
  });

  for (const stack of stackNames()) {
    it(`notice a change of any value of ${stack} (all of them: npm run snapshots -- --every-leaf)`, () => {
      const leaves = [...leavesOf(wholes.get(stack))];
      const seed = Date.now() % 2 ** 31;
      console.log(`      seed ${seed}, ${SAMPLES} of ${leaves.length} values`);
      const drawn = fc
        .constantFrom(...leaves)
        .chain(({ path, leaf }) => fc.record({ path: fc.constant(path), change: fc.constantFrom(...changesOf(leaf)) }));
      fc.assert(
        fc.property(drawn, ({ path, change }) => {
          assert.ok(!eyes.miss(stack, path, change), `${path.join(".")} made ${String(change)} is not noticed`);
        }),
        { seed, numRuns: SAMPLES },
      );
    });
  }

  it("rest on each part of the plan", () => {
    const parts = new Set([...leavesOf(wholes.get(BASE)?.plan)].map(({ path }) => path[0]));
    const empty = ["pullSecrets"];
    assert.deepEqual([...parts, ...empty].sort(), Object.keys(wholes.get(BASE)?.plan ?? {}).sort());
  });

  it("see a part that the plan does not have yet", () => {
    const [base] = wholes.values();
    assert.ok(base !== undefined);
    const more = { ...base, plan: { ...base.plan, quotas: [{ pods: 3 }] } };
    const [kept, now] = [base, more].map((whole) => snapshotsOf(new Map([[BASE, roomsOf(whole)]])));
    assert.ok(kept !== undefined && now !== undefined);
    assert.deepEqual(sentences(complaints(kept, now)), [
      `test/snapshots/${BASE}/quotas.yaml: there is no such file yet; npm run snapshots writes it`,
    ]);
  });

  it("read from a file what was written into it", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "Z", " ", "\n", "\t", "&&", " || ", "{", "0", ":", "#", '"', "'", "é", "- "),
    });
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(
          text,
          fc.string({ minLength: 100, maxLength: 400 }),
          fc.integer(),
          fc.double({ noNaN: true }),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(text, fc.constantFrom("labels", "expression")), tie("tree"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const written = treeOf({ value });
        assert.deepEqual(treeOfText(textOf(written)), written);
      }),
    );
  });

  it("say of a list and of a long text only what is other", () => {
    const long = (word: string): string =>
      [...Array(99).keys()].map((line) => `line ${line === 50 ? word : line}`).join("\n");
    const kept = new Map([["room/one", { list: ["a", "b", "c"], text: long("old") }]]);
    const now = new Map([["room/one", { list: ["c", "a", "d"], text: long("new") }]]);
    assert.deepEqual(sentences(complaints(kept, now)), [
      'room/one: list: has ["d"] more than the snapshot, and lacks ["b"]',
      'room/one: text: behind line 50: line 49 is "line new", and the snapshot says "line old"',
    ]);
  });

  it("say where a value differs, and in what", () => {
    const whole = wholes.get(BASE);
    assert.ok(whole !== undefined);
    const guards = whole.plan.guards.map((guard) =>
      guard.metadata.name === "mijnbureau-platform-hosts" && guard.kind === "ValidatingAdmissionPolicy"
        ? { ...guard, spec: { ...Object(guard["spec"]), failurePolicy: "Ignore" } }
        : guard,
    );
    const [kept, now] = [whole, { ...whole, plan: { ...whole.plan, guards } }].map((each) =>
      snapshotsOf(new Map([[BASE, roomsOf(each)]])),
    );
    assert.ok(kept !== undefined && now !== undefined);
    assert.deepEqual(sentences(complaints(kept, now)), [
      `${BASE}/guards/hosts, ValidatingAdmissionPolicy mijnbureau-platform-hosts: spec.failurePolicy: ` +
        `is "Ignore", and the snapshot says "Fail"`,
    ]);
  });
});
