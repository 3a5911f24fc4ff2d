import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { noKind } from "../../../components/charts/facts";
import { defineOperator, type Operator } from "../../../components/operators/frame/define";
import { inOrder, scanOperators } from "../../../components/operators/frame/registry";

function operator(name: string, needs: readonly string[] = []): Operator {
  return defineOperator({ name, title: name, enabledByDefault: true, settings: {}, needs });
}

describe("operators: the scan", () => {
  const folder = path.join(__dirname, "../../../components/operators");

  it("finds every folder that is an operator, once", () => {
    const names = scanOperators().map(({ name }) => name);
    for (const expected of [
      "kyverno",
      "velero",
      "falco",
      "falco-audit",
      "prometheus",
      "alloy-node",
      "snapshot-controller",
      "edge",
    ]) {
      assert.ok(names.includes(expected), `${expected} is missing`);
    }
    assert.equal(new Set(names).size, names.length);
    const folders = fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "frame");
    for (const entry of folders) assert.ok(names.includes(entry.name), `folder ${entry.name} is not an operator`);
  });

  it("refuses a folder that exports no operator, and one whose name differs from its operator's", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "operators-"));
    try {
      fs.mkdirSync(path.join(directory, "empty"));
      fs.writeFileSync(path.join(directory, "empty/index.js"), "module.exports = { default: 1 };");
      assert.throws(() => scanOperators(directory), /operators\/empty: has no operator as default export/);
      fs.rmSync(path.join(directory, "empty"), { recursive: true });
      fs.mkdirSync(path.join(directory, "renamed"));
      fs.writeFileSync(
        path.join(directory, "renamed/index.js"),
        "module.exports = { default: { name: 'other', plan() {} } };",
      );
      assert.throws(() => scanOperators(directory), /operators\/renamed: the operator is called "other"/);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});

describe("operators: their order", () => {
  it("puts every operator after those it needs", () => {
    const ordered = inOrder(scanOperators());
    const position = new Map(ordered.map(({ name }, index) => [name, index]));
    for (const { name, needs } of ordered) {
      for (const need of needs)
        assert.ok((position.get(need) ?? Infinity) < (position.get(name) ?? -1), `${need} is not before ${name}`);
    }
  });

  it("does not depend on the order of the files", () => {
    const all = scanOperators();
    const names = inOrder(all).map(({ name }) => name);
    fc.assert(
      fc.property(fc.shuffledSubarray([...all], { minLength: all.length }), (shuffled) => {
        assert.deepEqual(
          inOrder(shuffled).map(({ name }) => name),
          names,
        );
      }),
      { numRuns: 20 },
    );
  });

  it("names every operator that is needed and does not exist", () => {
    const broken = [operator("a", ["x"]), operator("b", ["a", "y"])];
    assert.throws(
      () => inOrder(broken),
      (error: Error) => {
        assert.match(error.message, /operator a needs "x", which does not exist/);
        assert.match(error.message, /operator b needs "y", which does not exist/);
        return true;
      },
    );
  });

  it("shows the circle when operators need each other", () => {
    const circle = [operator("a", ["b"]), operator("b", ["c"]), operator("c", ["b"])];
    assert.throws(() => inOrder(circle), /circle: b -> c -> b/);
  });
});

describe("operators: a definition", () => {
  const defined = defineOperator({
    name: "sample",
    title: "Sample",
    enabledByDefault: true,
    namespaces: [{ name: "sample", podSecurity: { level: "restricted", reason: "none" } }],
    settings: { bucket: z.string(), size: z.int().default(3) },
    needs: [],
    chart: { entry: "sample", release: "sample", hooks: [], crds: noKind },
    values: ({ settings }) => ({ bucket: settings.bucket, replicas: settings.size }),
  });

  it("wants what is required only where it is on", () => {
    assert.equal(defined.schema.safeParse({ enabled: false }).success, true);
    assert.equal(defined.schema.safeParse({}).success, false);
    assert.equal(defined.schema.safeParse({ bucket: "b", unknown: 1 }).success, false);
    assert.equal(defined.schema.safeParse({ enabled: false, unknown: 1 }).success, false);
  });

  it("plans with the defaults of its settings", () => {
    const nothing = { crds: new Set<string>(), apiServices: new Set<string>() };
    assert.equal(defined.installed({ bucket: "b" }, nothing), true);
    assert.equal(defined.installed({ enabled: false }, nothing), false);
  });

  it("installs a prerequisite only where all of it is absent, or when told", () => {
    const prerequisite = defineOperator({
      name: "pre",
      title: "pre",
      enabledByDefault: true,
      prerequisite: { crds: ["a.example", "b.example"], apiServices: ["v1.example"] },
      settings: {},
      needs: [],
    });
    const some = { crds: new Set(["a.example"]), apiServices: new Set(["v1.example"]) };
    const all = { crds: new Set(["a.example", "b.example"]), apiServices: new Set(["v1.example"]) };
    assert.equal(prerequisite.installed({}, some), true);
    assert.equal(prerequisite.installed({}, all), false);
    assert.equal(prerequisite.installed({ install: "always" }, all), true);
    assert.equal(prerequisite.installed({ install: "never" }, some), false);
    assert.equal(prerequisite.schema.safeParse({ install: "sometimes" }).success, false);
  });
});
