import assert from "node:assert/strict";
import { z } from "zod";
import { lockedChart } from "../../../components/charts/lock";
import { auditLog, podLogs, type Central, type Streams } from "../../../components/operators/alloy/config";
import { readAlloy, type Block } from "./river";
import { below, keyPaths, valuesOf } from "./support-upstream";
import alloyNames from "./upstream/alloy.json";
import lokiNames from "./upstream/loki.json";

const strings = z.array(z.string());
const components = z
  .record(
    z.string(),
    z.object({ arguments: strings, blocks: strings, blockArguments: z.record(z.string(), strings), exports: strings }),
  )
  .parse(alloyNames.components);
const loki = z.record(z.string(), strings).parse(lokiNames.blocks);

const centrals: readonly (Central | undefined)[] = [
  undefined,
  { type: "otlp", url: "https://otlp.example.nl", cidrs: [] },
  { type: "loki", url: "https://loki.example.nl/loki/api/v1/push", cidrs: [] },
  { type: "syslog", host: "syslog.example.nl", port: 6514, cidrs: [], acceptPublicPreview: true },
];

describe("Alloy's configuration against what upstream knows", () => {
  it("is compared with the version that the chart installs", () => {
    assert.equal(lockedChart("alloy").appVersion, alloyNames.sources[0]?.version);
  });

  for (const central of centrals) {
    const streams: Streams = {
      suiteNamespaces: ["docs"],
      securityNamespaces: ["falco"],
      logStore: true,
      organisation: "example",
      cluster: "prod-nl-west",
      central,
      keycloak: "mijnbureau-keycloak",
    };
    for (const [name, text] of [
      ["pods", podLogs(streams)],
      ["audit log", auditLog(streams, "/var/log/audit.log")],
    ] as const) {
      it(`${name}, ${central?.type ?? "no"} copy: components, blocks and arguments exist`, () => {
        const blocks = readAlloy(text);
        assert.ok(blocks.length > 3);
        for (const block of blocks) checkComponent(block);
      });

      it(`${name}, ${central?.type ?? "no"} copy: what is referred to is exported by a component that is there`, () => {
        const blocks = readAlloy(text);
        const there = new Map(blocks.map((block) => [`${block.name}.${block.label ?? ""}`, block]));
        const references = blocks
          .flatMap(valuesIn)
          .flatMap((value) =>
            [...value.replace(/"[^"]*"/g, "").matchAll(/\b(?:discovery|local|loki|otelcol)\.[\w.]+/g)].map(
              ([found]) => found,
            ),
          );
        assert.ok(references.length > 2);
        for (const reference of references) {
          const [field = "", ...rest] = reference.split(".").reverse();
          const target = there.get(rest.reverse().join("."));
          assert.ok(target !== undefined, reference);
          assert.ok(components[target.name]?.exports.includes(field), reference);
        }
      });
    }
  }

  it("would notice a block that is not closed, and a name that is not there", () => {
    assert.throws(() => readAlloy('loki.write "a" {\n'), /not closed/);
    assert.throws(() => {
      for (const block of readAlloy('loki.write "a" {\n  endpoint {\n    uri = "x"\n  }\n}\n')) checkComponent(block);
    }, /uri/);
  });
});

const valuesIn = (block: Block): string[] => [...Object.values(block.arguments), ...block.blocks.flatMap(valuesIn)];

function checkComponent(block: Block): void {
  const known = components[block.name];
  assert.ok(known !== undefined, `no component ${block.name}`);
  for (const argument of Object.keys(block.arguments)) {
    assert.ok(known.arguments.includes(argument), `${block.name}: ${argument}`);
  }
  for (const inner of block.blocks) checkBlock(inner, block.name, known, "");
}

function checkBlock(
  block: Block,
  component: string,
  known: NonNullable<(typeof components)[string]>,
  outer: string,
): void {
  // stage.match holds stages, stage.metrics metrics: both by the names that stand in the component itself.
  const path = outer === "" || /^stage\.(match|metrics)$/.test(outer) ? block.name : `${outer}.${block.name}`;
  assert.ok(known.blocks.includes(path), `${component}: block ${path}`);
  for (const argument of Object.keys(block.arguments)) {
    assert.ok(known.blockArguments[block.name]?.includes(argument), `${component}: ${path}.${argument}`);
  }
  for (const inner of block.blocks) checkBlock(inner, component, known, path);
}

/** Values of the chart that become blocks of Loki's configuration as they are. */
const blockOf: Readonly<Record<string, string>> = {
  analytics: "analytics",
  commonConfig: "common",
  compactor: "compactor",
  limits_config: "limits_config",
};

describe("Loki's configuration against what upstream knows", () => {
  const values = below(valuesOf("loki"), "loki");

  it("is compared with the version that the chart installs", () => {
    assert.equal(lokiNames.sources[0]?.version, `v${lockedChart("loki").appVersion}`);
  });

  for (const [value, block] of Object.entries(blockOf)) {
    it(`${value} has only keys of ${block}`, () => {
      const paths = keyPaths(below(values, value));
      assert.ok(paths.length > 0);
      for (const path of paths) assert.ok(loki[block]?.includes(path), `${value}.${path}`);
    });
  }

  it("the schema has only keys of period_config", () => {
    const paths = keyPaths(below(values, "schemaConfig"));
    assert.ok(paths.includes("configs[].object_store"));
    for (const path of paths.filter((each) => each !== "configs")) {
      assert.ok(loki["period_config"]?.includes(path.replace("configs[].", "")), path);
    }
  });

  it("the object store has only keys of Loki's client, and a folder that it accepts", () => {
    const store = below(values, "storage", "object_store");
    for (const path of keyPaths(store).filter((each) => each !== "type")) {
      assert.ok(loki["thanos_object_store_config"]?.includes(path), path);
    }
    assert.match(String(below(store, "storage_prefix")), /^[0-9a-zA-Z-]+$/);
  });

  it("what tenants have of their own are limits", () => {
    const overrides = below(values, "runtimeConfig", "overrides");
    assert.ok(typeof overrides === "object" && overrides !== null);
    const limits = Object.values(overrides).flatMap((each: unknown) => keyPaths(each));
    assert.ok(limits.length > 0);
    for (const limit of limits) assert.ok(loki["limits_config"]?.includes(limit), limit);
  });

  it("top-level settings exist", () => {
    assert.ok(loki["root"]?.includes("auth_enabled"));
    for (const block of Object.values(blockOf)) assert.ok(loki["root"]?.includes(block), block);
  });
});
