import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ApiError, type KindRef } from "../../lib/kube/client";
import { hasInterrupted, heldBy, orphans, stateDigest, withoutInterrupted } from "../../embedded/dev-stack/state";

const resource = (type: string, name: string, kind?: string, namespace?: string) => ({
  urn: `urn:pulumi:dev::p::${type}::${name}`,
  type,
  inputs: {
    ...(kind === undefined ? {} : { kind }),
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  },
});
const state = (resources: readonly object[]): string => JSON.stringify({ checkpoint: { latest: { resources } } });

describe("the dev stack's state", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "state-"));
    writeFileSync(join(root, "Pulumi.yaml"), "name: demo\nruntime: nodejs\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const backend = () => ({ root, stack: "dev", env: { PULUMI_BACKEND_URL: `file://${join(root, "backend")}` } });
  const write = (text: string): void => {
    const file = join(root, "backend/.pulumi/stacks/demo/dev.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };

  it("is another one after a destroy, and none where there is no stack", () => {
    assert.equal(stateDigest(backend()), "");
    write(state([resource("kubernetes:core/v1:Namespace", "a")]));
    const up = stateDigest(backend());
    assert.equal(stateDigest(backend()), up);
    write(state([]));
    assert.notEqual(stateDigest(backend()), up);
  });

  it("knows what a killed run was making, and forgets only that", () => {
    assert.equal(hasInterrupted(backend()), false);
    write(state([]));
    assert.equal(hasInterrupted(backend()), false);
    const pending_operations = [{ type: "creating", resource: { urn: "urn:pulumi:dev::p::t::n" } }];
    write(JSON.stringify({ checkpoint: { latest: { resources: [], pending_operations } } }));
    assert.equal(hasInterrupted(backend()), true);
    const kept = { manifest: { time: "t" }, secrets_providers: { type: "passphrase" }, resources: [{ urn: "u" }] };
    const text = JSON.stringify({ version: 3, deployment: { ...kept, pending_operations } });
    assert.deepEqual(JSON.parse(withoutInterrupted(text)), {
      version: 3,
      deployment: { ...kept, pending_operations: [] },
    });
  });

  it("holds objects by kind and name, and nothing after a destroy", () => {
    const held = heldBy(
      state([
        resource("kubernetes:core/v1:Namespace", "a"),
        resource("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "b", "ClusterRole"),
        // A Secret whose metadata is encrypted as a whole (Pulumi's mark of a secret value).
        {
          type: "kubernetes:core/v1:Secret",
          inputs: {
            metadata: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" },
          },
        },
        { type: "pulumi:pulumi:Stack" },
        { type: "random:index/randomId:RandomId", inputs: {} },
      ]),
    );
    assert.deepEqual([...held].sort(), ["ClusterRole b", "Namespace a"]);
    for (const none of [state([]), '{"checkpoint":{"latest":null}}', '{"checkpoint":{}}'])
      assert.equal(heldBy(none).size, 0);
  });

  it("lacks what a killed run left: named, whether the chart or the program made it, and nobody else's", async () => {
    const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
    write(
      state([
        resource("kubernetes:core/v1:Namespace", "kept"),
        resource(policy, "deny", "NetworkPolicy", "kept"),
        resource("kubernetes:apps/v1:Deployment", "of-a-chart", "Deployment"),
      ]),
    );
    const named = (name: string, metadata: object) => ({
      apiVersion: "v1",
      kind: "X",
      metadata: { name, ...metadata },
    });
    const managed = { labels: { "mijnbureau-platform/managed": "true" } };
    const applied = { annotations: { "pulumi.com/patchForce": "true" } };
    const live: Readonly<Record<string, ReturnType<typeof named>[]>> = {
      Namespace: [named("kept", managed), named("privileged", managed), named("default", {})],
      // In a namespace that stays, a policy of before still opens what it opened.
      NetworkPolicy: ["kept", "other"].map((namespace) => named("deny", { ...managed, namespace })),
      Deployment: [named("of-a-chart", { ...applied, namespace: "kept" })],
      ClusterRole: [named("left", applied), named("admin", { labels: { "mijnbureau-platform/managed": "false" } })],
    };
    const list = (kind: KindRef) => {
      const found = live[kind.kind];
      return found === undefined ? Promise.reject(new ApiError(404, "NotFound", "no", {})) : Promise.resolve(found);
    };
    assert.deepEqual(await orphans({ list }, backend()), [
      "Namespace privileged",
      "ClusterRole left",
      "NetworkPolicy other/deny",
    ]);
    await assert.rejects(
      orphans({ list: () => Promise.reject(new ApiError(403, "Forbidden", "no", {})) }, backend()),
      /no/,
    );
  });
});
