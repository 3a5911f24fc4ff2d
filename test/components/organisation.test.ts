import assert from "node:assert/strict";
import { planPlatform } from "../../components/plan";
import { parseConfig } from "../../components/settings";
import { stackKeys } from "../../components/stack-file";
import { regionProblems, regions } from "../../config/regions";
import { label } from "../../lib/labels";
import { DAY, emptyCluster } from "../snapshots/stack";
import { operatorSettings } from "../../components/operators/frame/settings";
import { planOperators } from "../../components/operators/frame/stack";
import { folderOf, storage as lokiStorage } from "../../components/operators/loki/stores";
import { everything, facts } from "./operators/support";

const base = stackKeys(".", "prod-nl-west");
const central = { type: "loki", url: "https://logs.example.nl/loki/api/v1/push", cidrs: ["198.51.100.9/32"] };
const section = (name: string): object => {
  const value: unknown = Object.entries(base["operators"] ?? {}).find(([key]) => key === name)?.[1];
  return typeof value === "object" && value !== null ? value : {};
};

/** Every text that names the stack's cluster to something that other clusters share. */
function named(keys: Readonly<Record<string, unknown>>): Record<string, string> {
  // What another region left here is found by the organisation, so that it cannot be absent.
  const velero = { ...section("velero"), received: undefined };
  const operators = { ...(base["operators"] ?? {}), velero, alloy: { ...section("alloy"), central } };
  const config = parseConfig({ ...base, operators, ...keys });
  const plan = planPlatform(config, emptyCluster, DAY);
  const { organisation = config.domain } = config;
  const settings = operatorSettings(everything);
  assert.ok(settings.success);
  const withDatabases = planOperators(settings.data, { ...facts, organisation });
  const values = (name: string): string =>
    JSON.stringify(plan.operators.find(({ plan: { operator } }) => operator === name)?.plan);
  const part = (text: string, pattern: RegExp): string => pattern.exec(text)?.[0] ?? "";
  return {
    metrics: part(values("prometheus"), /"externalLabels":\{[^}]*\}/),
    events: part(values("falcosidekick"), /"customfields":"[^"]*"/),
    logRules: part(values("loki"), /"additionalRuleLabels":\{[^}]*\}/),
    storedLogs: part(values("loki"), /"storage_prefix":"[^"]*(?=-[0-9a-f]{8}")/),
    logs: part(values("alloy"), /static_labels \{[^}]*\}/),
    backups: part(values("velero"), /"prefix":"[^"]*"/),
    databases: part(JSON.stringify(withDatabases), /"destinationPath":"[^"]*"/),
  };
}

describe("an organisation", () => {
  it("never meets another of the same host: metrics, logs, events and backups say whose they are", () => {
    const [one, other] = [named({ organisation: "gemeente-a" }), named({ organisation: "gemeente-b" })];
    for (const [what, text] of Object.entries(one)) {
      assert.match(text, /gemeente-a/, what);
      assert.equal(other[what], text.replaceAll("gemeente-a", "gemeente-b"), what);
    }
  });

  it("that gives no name is told by its domain", () => {
    const text = named({ organisation: undefined, domain: "mijnbureau.gemeente-c.nl" });
    for (const [what, each] of Object.entries(text)) assert.match(each, /gemeente-c/, what);
  });

  it("shares a bucket of logs with another: no two folders are one, and a given folder is kept", () => {
    const given = { provider: "gcp", chunksBucket: "logs" };
    const folder = (organisation: string, more = {}): string =>
      folderOf(lokiStorage.parse({ ...given, ...more }), {
        organisation,
        domain: "x.nl",
        environment: "prod",
        region: "nl",
      });
    const names = ["a", "a-prod", "a.prod", "a--prod"];
    assert.equal(new Set(names.map((name) => folder(name))).size, names.length);
    assert.deepEqual([folder("a", { prefix: "" }), folder("a", { prefix: "b" })], ["", "b"]);
  });

  it("is a label of every namespace", () => {
    const plan = planPlatform(parseConfig({ ...base, organisation: "gemeente-a" }), emptyCluster, DAY);
    const all = [...plan.suite, ...plan.operators.flatMap(({ namespaces }) => namespaces)];
    assert.deepEqual([...new Set(all.map(({ identity }) => identity.organisation))], ["gemeente-a"]);
    assert.ok(label.organisation.startsWith("mijnbureau-platform/"));
  });
});

describe("regions", () => {
  it("are data: each that the file has is accepted, and no other", () => {
    for (const region of Object.keys(regions)) assert.equal(parseConfig({ ...base, region }).region, region);
    assert.throws(
      () => parseConfig({ ...base, region: "nl-east" }),
      /region: "nl-east" is not one of local, nl-west, nl-north/,
    );
  });

  it("name each other", () => {
    assert.deepEqual(regionProblems(regions), []);
    const alone = { title: "x", zones: ["a"], backupRegion: "y" };
    assert.match(regionProblems({ x: alone }).join(), /x\.backupRegion "y" is no region/);
  });
});
