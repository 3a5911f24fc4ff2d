import assert from "node:assert/strict";
import { planPlatform } from "../../components/plan";
import { effectivePolicies, policiesOf } from "../../components/policies";
import { neededHandlers } from "../../components/runtime-classes";
import { mijnbureauValues } from "../../components/handover/values";
import { parseConfig } from "../../components/settings";
import { stackKeys } from "../../components/stack-file";
import { ConfigError } from "../../config/errors";
import { at } from "../../lib/kube/client";
import { appKeys, appOf } from "../../suite/apps";
import { DAY, emptyCluster } from "../snapshots/stack";

const base = stackKeys(".", "prod-nl-west");
const section = (name: string): object => {
  const value = base[name];
  return typeof value === "object" && value !== null ? value : {};
};
const config = (changes: Readonly<Record<string, unknown>> = {}) => parseConfig({ ...base, ...changes });
const refused = (changes: Readonly<Record<string, unknown>>, message: RegExp): void => {
  assert.throws(
    () => config(changes),
    (error) => error instanceof ConfigError && message.test(error.message),
  );
};

describe("settings do the whole of what they say", () => {
  it("an app's StorageClass reaches all of its volumes, and those of no other app", () => {
    for (const app of appKeys) {
      const place = appOf(app).volumes;
      const changed = { apps: { [app]: { storageClass: "fast-encrypted" } } };
      if (place === undefined) {
        refused(changed, new RegExp(`apps\\.${app}\\.storageClass: "fast-encrypted" is for no volume`));
        continue;
      }
      const pvc = at(mijnbureauValues(config(changed)), "pvc");
      const own = at(pvc, place.key);
      for (const part of place.parts) assert.equal(at(own, part, "storageClass"), "fast-encrypted", `${app} ${part}`);
      if (place.parts.length === 0) assert.equal(at(own, "storageClass"), "fast-encrypted", app);
      const rest = JSON.stringify({ ...(typeof pvc === "object" ? pvc : {}), [place.key]: undefined });
      assert.ok(!rest.includes("fast-encrypted"), app);
    }
  });

  it("Nextcloud's shared class wins for the claim that is shared, its own for the others", () => {
    const changed = { apps: { nextcloud: { storageClass: "fast" } }, storage: { shared: "shared", allowed: ["fast"] } };
    const nextcloud = at(mijnbureauValues(config(changed)), "pvc", "nextcloud");
    assert.deepEqual(at(nextcloud, "nextcloud"), { storageClass: "shared", accessModes: ["ReadWriteMany"] });
    assert.deepEqual(at(nextcloud, "postgresql"), { storageClass: "fast" });
  });

  it("the largest container of an app can be as large as the suite's presets", () => {
    const max = (changes: Readonly<Record<string, unknown>>): unknown => {
      const { suite } = planPlatform(config(changes), emptyCluster, DAY);
      const limits = suite.find(({ app }) => app === "docs")?.limits.find(({ kind }) => kind === "LimitRange");
      return at(limits, "spec", "limits", 0, "max");
    };
    const larger = { apps: { docs: { size: { largestContainer: { cpu: "6", memory: "12Gi" } } } } };
    assert.equal(at(max({}), "memory"), "4Gi");
    assert.deepEqual([at(max(larger), "cpu"), at(max(larger), "memory")], ["6", "12Gi"]);
  });

  it("an app's RuntimeClass is one that the stack makes or the cluster has, with its handler", () => {
    refused(
      { apps: { docs: { runtimeClass: "nonexistent" } } },
      /apps\.docs\.runtimeClass: "nonexistent".* it has gvisor\./,
    );
    refused({ apps: { docs: { runtimeClass: "kata-qemu" } } }, /"kata-qemu" is no class of this stack/);
    const off = { operators: { ...section("operators"), sandboxes: { enabled: false } } };
    refused({ ...off, apps: { docs: { runtimeClass: "gvisor" } } }, /it has none/);
    const handlers = (changes: Readonly<Record<string, unknown>>) => neededHandlers(config(changes));
    assert.deepEqual(handlers({ apps: { docs: { runtimeClass: "gvisor" } } }), [
      {
        key: "apps.docs.runtimeClass",
        handler: "runsc",
        nodeSelector: { "mijnbureau-platform/runtime-gvisor": "true" },
      },
    ]);
    const pool = { operators: { ...section("operators"), sandboxes: { nodeSelectors: { gvisor: { pool: "g" } } } } };
    assert.deepEqual(handlers({ ...pool, apps: { docs: { runtimeClass: "gvisor" } } })[0]?.nodeSelector, { pool: "g" });
    const own = { cluster: { ...section("cluster"), runtimeClasses: { provider: "shim-x" } } };
    assert.deepEqual(handlers({ ...own, apps: { docs: { runtimeClass: "provider" } } }), [
      { key: "apps.docs.runtimeClass", handler: "shim-x" },
    ]);
    assert.deepEqual(handlers({ ...own, apps: { docs: { runtimeClass: "provider", enabled: false } } }), []);
    const kata = { operators: { ...section("operators"), "kata-deploy": { enabled: true } } };
    assert.deepEqual(handlers({ ...kata, apps: { docs: { runtimeClass: "kata-qemu" } } }), []);
  });

  it("nodes with AppArmor make the rule on profiles count", () => {
    const level = (appArmor: boolean, rules: object = {}): unknown =>
      policiesOf(config({ cluster: { ...section("cluster"), appArmor }, policies: { rules } })).rules[
        "workload/apparmor-profile"
      ]?.level;
    assert.equal(level(true), "advisory");
    assert.equal(level(false), undefined);
    assert.equal(level(true, { "workload/apparmor-profile": { level: "mandatory" } }), "mandatory");
    assert.ok(effectivePolicies(config(), []).exemptions.length > 0);
  });

  it("an app's AppArmor profile is named in its pods, and in those of no other app", () => {
    const operators = {
      ...section("operators"),
      "security-profiles-operator": { enabled: true, apps: ["docs"] },
    };
    const plan = planPlatform(config({ operators }), emptyCluster, DAY);
    const mutation = plan.admission.find(({ metadata }) => metadata.name.endsWith("security-context"));
    const text = JSON.stringify(mutation);
    assert.match(text, /'localhostProfile': dyn\(\{'mijnbureau-docs': 'mijnbureau-django'\}\[/);
    assert.match(text, /'type': dyn\('RuntimeDefault'\)/);
    const made = plan.operators
      .flatMap(({ plan: { after } }) => after)
      .filter(({ kind }) => kind === "AppArmorProfile");
    assert.deepEqual(
      made.map(({ metadata }) => metadata.name),
      ["mijnbureau-django"],
    );
    const without = config({ operators, cluster: { ...section("cluster"), appArmor: false } });
    assert.throws(() => planPlatform(without, emptyCluster, DAY), /Set cluster\.appArmor, or remove the apps/);
  });
});
