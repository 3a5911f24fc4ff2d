import assert from "node:assert/strict";
import { z } from "zod";
import { lockedChart } from "../../../components/charts/lock";
import { storageLocation } from "../../../components/operators/velero/objects";
import { location } from "../../../components/operators/velero/settings";
import { below, keyPaths, planWith, valuesOf } from "./support-upstream";
import upstream from "./upstream/velero.json";

const values = valuesOf("velero");
const pods = { podResources: upstream.podResources, loadAffinity: upstream.loadAffinity };

/** Keys of a ConfigMap's JSON below a struct, two levels deep; what Kubernetes itself defines is not looked into. */
function check(value: unknown, top: readonly string[], inner: Readonly<Record<string, readonly string[]>>): void {
  const paths = keyPaths(value).map((path) => path.replaceAll("[]", ""));
  assert.ok(paths.length > 2);
  for (const path of paths) {
    const [first = "", second] = path.split(".");
    assert.ok(top.includes(first), path);
    if (second !== undefined) assert.ok(inner[first]?.includes(second), path);
  }
}

describe("Velero's configuration against what upstream knows", () => {
  it("is compared with the version that the chart installs, and the plugin of the pod", () => {
    assert.equal(upstream.sources[0]?.version, `v${lockedChart("velero").appVersion}`);
    const [, plugin = ""] = /velero-plugin-for-aws:(v[\d.]+)/.exec(JSON.stringify(values)) ?? [];
    assert.ok(upstream.sources[1]?.version.startsWith(plugin), plugin);
  });

  it("has only keys of a node agent's configuration", () => {
    const text = below(values, "configMaps", "node-agent-config", "data", "node-agent-config.json");
    const config: unknown = z.json().parse(JSON.parse(z.string().parse(text)));
    check(config, upstream.nodeAgent, { ...pods, loadConcurrency: upstream.loadConcurrency });
  });

  it("has only keys of a maintenance job's configuration", () => {
    const config = below(values, "configuration", "repositoryMaintenanceJob", "repositoryConfigData", "global");
    check(config, upstream.maintenance, pods);
  });

  for (const encryption of [{ mode: "sse-s3" }, { mode: "sse-kms", keyId: "k" }, { mode: "sse-c" }]) {
    it(`has only keys of a storage location that the plugin takes: ${encryption.mode}`, () => {
      const given = location.parse({ url: "https://s3.example.nl", bucket: "backups", region: "nl", encryption });
      const made = storageLocation({ name: "a", location: given, primary: true, readOnly: false, cluster: "c" });
      const keys = keyPaths(below(made["spec"], "config"));
      assert.ok(keys.includes("s3Url"));
      for (const key of keys) assert.ok(upstream.storageLocationConfig.includes(key), key);
    });
  }

  it("has only flags that the node agent has", () => {
    const flags = z.array(z.string()).parse(below(values, "nodeAgent", "extraArgs"));
    for (const flag of flags) assert.ok(upstream.flags.includes(flag.replace(/^--|=.*$/g, "")), flag);
  });

  it("covers every storage location of the plan", () => {
    const locations = planWith("velero").after.filter(({ kind }) => kind === "BackupStorageLocation");
    assert.ok(locations.length > 0);
    for (const made of locations) {
      for (const key of keyPaths(below(made["spec"], "config"))) {
        assert.ok(upstream.storageLocationConfig.includes(key), key);
      }
    }
  });
});
