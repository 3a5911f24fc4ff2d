import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { label } from "../../lib/labels";
import { scanOperators } from "../../components/operators/frame/registry";
import { at, KubeClient, type KubeObject } from "../../lib/kube/client";
import { PlatformCopy, type Ended } from "./platform-copy";
import { needFile } from "../support/needs";
import { appKeys, type AppKey } from "../../suite/apps";

const NAMESPACE = { apiVersion: "v1", kind: "Namespace" };
const NETWORK_POLICY = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
const production = join(__dirname, "../../../shared/corpus/mijnbureau/production");

/** Pulumi's own count at the end of a run: `{ created: 12, unchanged: 300 }`. */
function counts(output: string): Record<string, number> {
  const last = output.slice(output.lastIndexOf("Resources:"));
  const found = last.matchAll(/(\d+) (created|updated|deleted|replaced|unchanged)/g);
  return Object.fromEntries([...found].map(([, count, what]): [string, number] => [what ?? "", Number(count)]));
}

function assertEnded({ code, output }: Ended, expected = 0): void {
  const errors = output.split("\n").filter((line) => /\b(error|failed|refused|not ready)\b/i.test(line));
  assert.equal(code, expected, [...errors.slice(-30), "…", output.slice(-1500)].join("\n"));
}

function assertUnchanged(ended: Ended): void {
  assertEnded(ended);
  assert.deepEqual(Object.keys(counts(ended.output)), ["unchanged"], ended.output.slice(-2000));
}

/** The real engine, providers, API server and controllers; pods are simulated and charts are stand-ins. */
describe("the platform, from start to destroy", function () {
  this.timeout(15 * 60_000);
  const copy = new PlatformCopy();
  let client: KubeClient | undefined;
  const api = (): KubeClient => (client ??= KubeClient.fromKubeconfig(copy.kubeconfig));
  const names = (objects: readonly KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name ?? "").sort();
  const suite = async (): Promise<KubeObject[]> => api().list(NAMESPACE, { labelSelector: `${label.role}=suite` });
  const suiteNames = (apps: readonly AppKey[]): string[] => apps.map((app) => `mijnbureau-${app}`).sort();
  const holdsData = (namespace: KubeObject): boolean => namespace.metadata.labels?.[label.holdsData] === "true";

  before(async () => {
    await copy.make();
  });
  after(async () => {
    client?.close();
    await copy.remove();
  });

  describe("the foundation alone", () => {
    let operators: unknown;

    before(() => {
      const stack = z
        .object({ config: z.record(z.string(), z.unknown()) })
        .parse(parse(readFileSync(join(copy.root, "Pulumi.dev.yaml"), "utf8")));
      operators = stack.config["mijnbureau-platform:operators"];
      copy.configure(["operators"], allOff());
      // Without Velero nothing is backed up, which is a mandatory finding unless the stack says otherwise.
      copy.configure(["policies"], {
        rules: { "stack/backup-coverage": { level: "advisory", reason: "the foundation alone has no backups" } },
      });
    });
    after(() => {
      copy.configure(["operators"], operators);
      copy.configure(["policies"], undefined);
    });

    it("refuses wrong configuration before anything is made", async () => {
      copy.configure(["apps", "docs"], { namespace: "mijnbureau-drive" });
      const ended = await copy.start();
      copy.configure(["apps"], undefined);
      assertEnded(ended, 1);
      assert.match(ended.output, /mijnbureau-drive/);
      assert.doesNotMatch(ended.output, /^\s+at .*\.[jt]s:\d+/m, "a stack trace for a user's mistake");
      assert.ok(!existsSync(copy.kubeconfig), "a cluster was started before the configuration was read");
    });

    it("takes up what an interrupted start has left", async () => {
      let asked = false;
      const interrupted = await copy.start([], (output, child) => {
        if (asked || !/[1-9]\d* resources done/.test(output)) return;
        asked = true;
        child.kill("SIGTERM");
      });
      assert.ok(asked, interrupted.output);
      assert.notEqual(interrupted.code, 0, "an interrupted start must not look finished");
      const ended = await copy.start();
      assertEnded(ended);
      assert.match(ended.output, /The platform stands \(/);
      assert.deepEqual(names(await suite()), suiteNames(appKeys));
    });

    it("finds nothing to change in a second run", async () => {
      const second = await copy.start();
      assertEnded(second);
      assert.match(second.output, /Nothing to do/);
      assertUnchanged(await copy.start(["--force"]));
    });

    it("changes what the configuration changes, and nothing else", async () => {
      const before = await api().list(NETWORK_POLICY);
      copy.configure(["apps"], { bureaublad: { enabled: false } });
      const ended = await copy.start();
      assertEnded(ended);
      const { created = 0, replaced = 0, deleted = 0 } = counts(ended.output);
      assert.deepEqual({ created, replaced }, { created: 0, replaced: 0 });
      assert.ok(deleted > 1);
      assert.deepEqual(names(await suite()), suiteNames(appKeys.filter((key) => key !== "bureaublad")));
      const after = await api().list(NETWORK_POLICY);
      const gone = before.filter(({ metadata }) => !after.some((other) => other.metadata.uid === metadata.uid));
      assert.ok(gone.length > 0);
      const app = "mijnbureau-bureaublad";
      assert.ok(
        gone.every(
          ({ metadata, ...policy }) => metadata.namespace === app || JSON.stringify(policy).includes("bureaublad"),
        ),
        `gone: ${gone.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`).join(", ")}`,
      );
      copy.configure(["apps"], undefined);
      assertEnded(await copy.start());
      assert.deepEqual(names(await suite()), suiteNames(appKeys));
    });

    it("sees drift and puts it right", async () => {
      const namespace = "mijnbureau-docs";
      const [policy] = await api().list(NETWORK_POLICY, { namespace });
      assert.ok(policy?.metadata.name !== undefined);
      await api().delete({ ...NETWORK_POLICY, namespace, name: policy.metadata.name });
      const [quota] = await api().list({ apiVersion: "v1", kind: "ResourceQuota" }, { namespace });
      assert.ok(quota?.metadata.name !== undefined);
      const ref = { apiVersion: "v1", kind: "ResourceQuota", namespace, name: quota.metadata.name };
      await api().patch(ref, { spec: { hard: { pods: "100000" } } });
      const seen = await copy.pulumi(["preview", "--refresh", "--expect-no-changes"]);
      assert.notEqual(seen.code, 0, "the drift went unseen");
      assertEnded(await copy.pulumi(["up", "--refresh", "--yes", "--skip-preview"]));
      const after = await api().list(NETWORK_POLICY, { namespace });
      assert.ok(names(after).includes(policy.metadata.name));
      const restored = await api().get(ref);
      assert.deepEqual(at(restored, "spec", "hard"), at(quota, "spec", "hard"));
    });

    it("is destroyed but for the namespaces that hold data", async () => {
      const data = names((await suite()).filter(holdsData));
      assert.ok(data.length > 0 && data.length < 14);
      assertEnded(await copy.pulumi(["destroy", "--yes", "--skip-preview"]));
      assert.deepEqual(names(await suite()), data);
      assert.deepEqual(await api().list(NETWORK_POLICY), []);
    });
  });

  describe("with every operator", () => {
    it("comes up on what the foundation has left, every workload ready", async () => {
      const ended = await copy.start();
      assertEnded(ended);
      assert.match(ended.output, /The platform stands \(/);
    });

    it("stops adopting in the next run, and has nothing to change in the one after", async () => {
      assertEnded(await copy.start(["--force"]));
      assert.deepEqual(copy.changed(), ["updated pulumi:providers:kubernetes cluster"]);
      assertUnchanged(await copy.start(["--force"]));
    });

    it("runs MijnBureau's production manifests", async function () {
      needFile(this, production);
      const { code, output } = await copy.cli("verify-mijnbureau", [production]);
      assert.equal(code, 0, output.slice(-4000));
      assert.match(output, /32 of 32 workloads/);
      assertEnded(await copy.cli("verify-mijnbureau", ["--delete", production]));
    });

    it("is destroyed, with its kinds and the namespaces that hold data kept", async function () {
      // The engine writes its whole state with every step (docs/performance.md, State).
      this.timeout(30 * 60_000);
      const data = names((await suite()).filter(holdsData));
      assertEnded(await copy.pulumi(["destroy", "--yes", "--skip-preview"]));
      assert.deepEqual(names(await suite()), data);
      const admission = { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" };
      assert.deepEqual(await api().list(admission), []);
      const kinds = await api().list({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" });
      assert.ok(names(kinds).includes("backups.velero.io"));
    });
  });
});

/** Every operator off, by the switch that it has. */
function allOff(): Record<string, unknown> {
  const off = scanOperators().map(({ name, prerequisite }): [string, unknown] => [
    name,
    prerequisite === undefined ? { enabled: false } : { install: "never" },
  ]);
  return Object.fromEntries(off);
}
