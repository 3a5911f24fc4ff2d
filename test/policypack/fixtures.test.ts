import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonObject } from "../../lib/json";
import { podTemplatePaths } from "../../policypack/engine/workload";
import { at, asObjects, asString } from "../../lib/json";
import { changed, expanded, type Company } from "./fixtures";

const everywhere: Company = { slots: ["containers", "initContainers", "ephemeralContainers"], beside: { tty: true } };

/** Where a container of this name stands: kind and list. */
const placesOf = (objects: readonly JsonObject[], name: string): string[] =>
  objects.flatMap((object) => {
    const kind = asString(object["kind"]) ?? "";
    const group = (asString(object["apiVersion"]) ?? "").split("/");
    const path = podTemplatePaths[group.length > 1 ? `${group[0] ?? ""}/${kind}` : kind];
    assert.ok(path !== undefined, kind);
    const spec = at(object, ...path, "spec");
    return everywhere.slots.flatMap((slot) =>
      asObjects(at(spec, slot)).some((container) => container["name"] === name) ? [`${kind} ${slot}`] : [],
    );
  });

const KINDS = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "CronJob"];

describe("fixtures", () => {
  it("put a container into each list of each kind, an allowed one beside it", () => {
    const [objects = []] = expanded([{ container: { stdin: true } }], everywhere);
    const places = everywhere.slots.flatMap((slot) => KINDS.map((kind) => `${kind} ${slot}`));
    assert.deepEqual(placesOf(objects, "judged"), places);
    assert.deepEqual(
      placesOf(objects, "beside"),
      places
        .filter((place) => !place.endsWith(" containers"))
        .map((place) => `${place.split(" ")[0] ?? ""} containers`),
    );
    for (const object of objects) assert.match(JSON.stringify(object), /"stdin":true/);
  });

  it("put it only where the rule looks, and only where the document says", () => {
    const main: Company = { ...everywhere, slots: ["containers"] };
    assert.deepEqual(
      placesOf(expanded([{ container: {} }], main)[0] ?? [], "judged"),
      KINDS.map((kind) => `${kind} containers`),
    );
    assert.deepEqual(
      placesOf(expanded([{ container: {}, in: ["initContainers"] }], main)[0] ?? [], "judged"),
      KINDS.map((kind) => `${kind} initContainers`),
    );
  });

  it("put a pod into each kind, with its annotations", () => {
    const [objects = []] = expanded([{ pod: { hostPID: true }, metadata: { annotations: { a: "b" } } }], everywhere);
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      KINDS,
    );
    for (const object of objects) assert.match(JSON.stringify(object), /"annotations":\{"a":"b"\}.*"hostPID":true/);
  });

  it("change the object in full above, and no earlier one", () => {
    const [a, b] = ["a", "b"].map((name) => ({ apiVersion: "v1", kind: "Pod", metadata: { name } }));
    assert.ok(a !== undefined && b !== undefined);
    const change = { "/metadata/labels": { x: "y" } };
    assert.deepEqual(expanded([a, { change }, b, { change }, { change: { "/spec": {} } }], everywhere), [
      [a],
      [{ ...a, metadata: { name: "a", labels: { x: "y" } } }],
      [b],
      [{ ...b, metadata: { name: "b", labels: { x: "y" } } }],
      [{ ...b, spec: {} }],
    ]);
    assert.throws(() => expanded([{ change }], everywhere), /document 0: has no object in full above it/);
  });

  it("call elements of lists by number or name, add to a list, take away", () => {
    const list: JsonObject = {
      items: [
        { kind: "A", metadata: { name: "one" } },
        { kind: "B", metadata: { name: "two" }, spec: { a: [1, 2] } },
      ],
    };
    assert.deepEqual(changed(list, { "/items/two/spec/a/0": 5, "/items/one": null, "/items/+": [{ kind: "C" }] }), {
      items: [{ kind: "B", metadata: { name: "two" }, spec: { a: [5, 2] } }, { kind: "C" }],
    });
    assert.deepEqual(changed({ "a/b": { "c~d": 1 } }, { "/a~1b/c~0d": 2 }), { "a/b": { "c~d": 2 } });
    assert.throws(() => changed(list, { "/items/three/kind": "X" }), /three: no element of the list is called so/);
    assert.throws(() => changed(list, { items: 1 }), /items: is no JSON pointer/);
  });

  it("put what was taken away back to where it was, whatever the object", () => {
    const key = fc.string({ minLength: 1, maxLength: 4 });
    const object = fc.dictionary(key, fc.dictionary(key, fc.integer(), { noNullPrototype: true }), {
      minKeys: 1,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(object, (given) => {
        for (const [name, value] of Object.entries(given)) {
          const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          const without = changed(given, { [pointer]: null });
          assert.ok(!(name in without));
          assert.deepEqual(changed(without, { [pointer]: value }), given);
        }
      }),
    );
  });
});
