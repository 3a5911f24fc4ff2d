import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { label } from "../../lib/labels";
import { at, KubeClient, type KubeObject } from "../../lib/kube/client";
import { scanOperators } from "../../components/operators/frame/registry";
import { sleep } from "../../embedded/cluster/files";
import { appKeys } from "../../suite/apps";
import { PlatformCopy, type Ended } from "./platform-copy";

const NAMESPACE = { apiVersion: "v1", kind: "Namespace" };
const PASSWORD = { apiVersion: "v1", kind: "Secret", namespace: "velero", name: "velero-repo-credentials" };
/** Few enough to be quick; docs holds data, the other two do not. */
const APPS = ["bureaublad", "collabora", "docs"];

function assertEnded({ code, output }: Ended, expected = 0): void {
  assert.equal(code, expected, output.slice(-4000));
}

/** Processes below one, the youngest first. */
function below(pid: number): number[] {
  const file = `/proc/${String(pid)}/task/${String(pid)}/children`;
  const children = existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
  return [...children.flatMap(below), ...children];
}

const isPulumi = (pid: number): boolean =>
  readFileSync(`/proc/${String(pid)}/cmdline`, "utf8")
    .split("\0", 1)[0]
    ?.endsWith("pulumi") === true;

/** At once and without a word, as a machine that runs out of memory does; the cluster goes on. */
function killed({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  const engine = below(pid).filter(isPulumi);
  for (const each of [pid, ...engine, ...engine.flatMap(below)]) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** The real engine, provider and API server; pods are simulated and charts are stand-ins (STAND-IN). */
describe("a platform whose up was killed, and one that was destroyed", function () {
  this.timeout(20 * 60_000);
  const copy = new PlatformCopy();
  let client: KubeClient | undefined;
  const api = (): KubeClient => (client ??= KubeClient.fromKubeconfig(copy.kubeconfig));
  const suite = async (): Promise<string[]> =>
    (await api().list(NAMESPACE, { labelSelector: `${label.role}=suite` })).map(nameOf).sort();
  const password = async (): Promise<string> => String(at(await api().get(PASSWORD), "data", "repository-password"));
  let kept = "";

  before(async () => {
    await copy.make();
    const velero = {
      storage: {
        url: "https://s3.mijnbureau.localhost",
        bucket: "velero-dev",
        region: "local",
        cidrs: ["192.0.2.30/32"],
      },
    };
    copy.configure(["operators"], { ...allOff(), velero, "snapshot-controller": { install: "auto" } });
    copy.configure(["apps"], Object.fromEntries(appKeys.map((key) => [key, { enabled: APPS.includes(key) }])));
    copy.configure(["policies"], {
      profile: "baseline",
      rules: { "stack/backup-coverage": { level: "advisory", reason: "no second location" } },
    });
  });
  after(async () => {
    client?.close();
    await copy.remove();
  });

  it("takes over what a killed run made, and names what the next configuration lacks", async () => {
    const wanted = "mijnbureau-bureaublad";
    let running: ChildProcess | undefined;
    let done = false;
    const run = copy.start([], (_, child) => (running = child)).finally(() => (done = true));
    while (!done) {
      const found = existsSync(copy.kubeconfig)
        ? await api()
            .find({ ...NAMESPACE, name: wanted })
            .catch(() => undefined)
        : undefined;
      if (found !== undefined) break;
      await sleep(100);
    }
    assert.ok(running !== undefined && !done, "it ended before it made the namespace");
    killed(running);
    assert.notEqual((await run).code, 0);
    assert.ok((await suite()).includes(wanted));
    copy.configure(["apps", "bureaublad"], { enabled: false });
    const ended = await copy.start();
    assertEnded(ended);
    const orphans = /^orphans .*: (.*)$/m.exec(ended.output)?.[1]?.split(", ") ?? [];
    assert.ok(orphans.includes(`Namespace ${wanted}`), ended.output.slice(-3000));
    // Whatever was made of the app, and nothing of the stack.
    assert.deepEqual(
      orphans.filter((each) => !each.includes("bureaublad")),
      [],
    );
    await api().delete({ ...NAMESPACE, name: wanted });
    while ((await suite()).includes(wanted)) await sleep(250);
    const again = await copy.start(["--force"]);
    assertEnded(again);
    // What stood there was adopted, which ends with the run after.
    assert.deepEqual(copy.changed(), ["updated pulumi:providers:kubernetes cluster"]);
    assert.doesNotMatch(again.output, /^orphans/m);
    assert.deepEqual(await suite(), ["mijnbureau-collabora", "mijnbureau-docs"]);
  });

  it("does not take over what a destroyed stack left before somebody has seen the list", async () => {
    kept = await password();
    assert.ok(kept.length > 64);
    assertEnded(await copy.pulumi(["destroy", "--yes", "--skip-preview"]));
    assert.equal(await password(), kept, "the password outlives the stack");
    // On a cluster whose pods are simulated everything is taken over without a question.
    copy.configure(["cluster", "simulatedNodes"], false);
    const refused = await copy.start();
    assertEnded(refused, 1);
    assert.match(refused.output, /Namespace velero/);
    assert.match(refused.output, /pulumi config set mijnbureau-platform:adopt [0-9a-f]{12}/);
    assert.equal(await password(), kept);
  });

  it("refuses what is somebody else's, before anything is changed", async () => {
    const foreign = { ...NAMESPACE, metadata: { name: "mijnbureau-collabora", labels: { owner: "somebody" } } };
    await api().create(foreign);
    const refused = await copy.start();
    assertEnded(refused, 1);
    assert.match(refused.output, /namespace "mijnbureau-collabora" exists and is not the platform's/);
    assert.deepEqual(
      (await api().get({ ...NAMESPACE, name: "mijnbureau-collabora" })).metadata.labels?.["owner"],
      "somebody",
    );
    await api().delete({ ...NAMESPACE, name: "mijnbureau-collabora" });
    while ((await api().find({ ...NAMESPACE, name: "mijnbureau-collabora" })) !== undefined) await sleep(250);
  });

  it("adopts it by one switch, for one run, with the password kept", async () => {
    const refused = await copy.start();
    const token = /mijnbureau-platform:adopt ([0-9a-f]{12})/.exec(refused.output)?.[1];
    assert.ok(token !== undefined, refused.output.slice(-3000));
    copy.configure(["adopt"], token);
    const adopted = await copy.start();
    assertEnded(adopted);
    assert.equal(await password(), kept);
    assert.deepEqual(await suite(), ["mijnbureau-collabora", "mijnbureau-docs"]);
    const over = await copy.start(["--force"]);
    assertEnded(over);
    assert.equal(await password(), kept);
    copy.configure(["adopt"], undefined);
    assertEnded(await copy.start());
    assert.equal(await password(), kept);
  });
});

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";

function allOff(): Record<string, unknown> {
  return Object.fromEntries(
    scanOperators().map(({ name, prerequisite }): [string, unknown] => [
      name,
      prerequisite === undefined ? { enabled: false } : { install: "never" },
    ]),
  );
}
