import assert from "node:assert/strict";
import { COMMAND, complaints, misshapen, readSnapshots, sentences, snapshotsOf, type Snapshots } from "./files";
import { roomsOf } from "./rooms";
import { BASE, stackNames, wholeOf, type Whole } from "./stack";
import { at, asObject } from "../../lib/json";
import { isList, treeOf, type Json } from "./tree";

describe("the snapshots of the stacks", function () {
  this.timeout(120_000);
  const wholes = new Map<string, Whole>();
  let kept: Snapshots;
  let now: Snapshots;

  before(() => {
    kept = readSnapshots();
    for (const stack of stackNames()) wholes.set(stack, wholeOf(stack));
    now = snapshotsOf(new Map([...wholes].map(([stack, whole]) => [stack, roomsOf(whole)])));
  });

  for (const stack of stackNames()) {
    const own = (name: string): boolean => name === stack || name.startsWith(`${stack}/`);
    const of = (all: Snapshots): Snapshots => new Map([...all].filter(([name]) => own(name)));

    it(`hold every value of ${stack}`, () => {
      const found = complaints(of(kept), of(now));
      const advice = `If that is what you meant, ${COMMAND} writes it, and its diff shows what it does to users.`;
      assert.ok(found.length === 0, [...sentences(found), advice].join("\n"));
    });
  }

  it("hold nothing else", () => {
    const known = (name: string): boolean =>
      now.has(name) || stackNames().some((stack) => name.startsWith(`${stack}/`));
    assert.deepEqual(
      [...kept.keys()].filter((name) => !known(name)),
      [],
      COMMAND,
    );
  });

  it("are written as the command writes them", () => {
    assert.deepEqual(misshapen(kept), []);
  });

  it("hold no value of a Secret: those are drawn, or stand in a store", () => {
    const secrets = [...objectsIn(treeOf([...wholes.values()]))].filter(({ kind }) => kind === "Secret");
    assert.deepEqual(
      secrets.filter((secret) => secret["data"] !== undefined || secret["stringData"] !== undefined),
      [],
    );
  });

  it("depend on no clock", () => {
    const real = Date;
    const silent = new Proxy(real, {
      construct(target, args: unknown[]) {
        if (args.length === 0) throw new Error("the plan asked what time it is");
        return Reflect.construct(target, args) as Date;
      },
    });
    globalThis.Date = silent;
    try {
      assert.deepEqual(wholeOf(BASE), wholes.get(BASE));
    } finally {
      globalThis.Date = real;
    }
  });

  it("tell one stack from another", () => {
    const domainOf = (stack: string) => at(treeOf(wholes.get(stack)?.handover), "global", "domain");
    for (const stack of stackNames().filter((name) => domainOf(name) !== domainOf(BASE))) {
      assert.deepEqual(at(asObject(now.get(stack)), "handover", "(room)", "global.domain"), {
        [BASE]: domainOf(BASE),
        [stack]: domainOf(stack),
      });
    }
  });
});

function* objectsIn(value: Json): Generator<NonNullable<ReturnType<typeof asObject>>> {
  if (isList(value)) for (const item of value) yield* objectsIn(item);
  const object = asObject(value);
  if (object === undefined) return;
  yield object;
  for (const item of Object.values(object)) if (item !== undefined) yield* objectsIn(item);
}
