import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { chartCacheRoot } from "../../components/charts/cache";
import { resolveChart, type ResolvedChart } from "../../components/charts/chart";
import { namespaceLabels, type NamespaceIdentity, type PodSecurityLevel } from "../../components/namespace/labels";
import type { OperatorChart } from "../../components/operators/frame/define";
import type { NamespaceRole } from "../../lib/labels";
import type { GuardFacts } from "../../components/admission/guards";
import { parseManifests } from "../../cli/verify/documents";
import { clusterPaths, clusterReset, clusterUp } from "../../embedded/cluster";
import { at, isKubeObject, KubeClient, type KubeObject } from "../../lib/kube/client";
import { CLUSTER_NAME, COMPONENTS } from "../../embedded/cluster/components";
import { sleep } from "../../embedded/cluster/files";
import { tokenKubeconfigText } from "../../lib/kube/kubeconfig";
import { isRunning, startProcess, stopProcess, type ProcessRecord } from "../../embedded/cluster/processes";
import { projectRoot, TOOLS, type ToolName } from "../../embedded/toolchain";
import { needTools } from "../support/needs";

export const HOST = "127.0.0.1";

/** The executables that a test of a real controller needs; its suite is left out where one is not there. */
export async function toolsOrSkip<N extends ToolName>(
  context: Context,
  ...names: readonly N[]
): Promise<{ readonly path: (name: N) => string }> {
  const found = await needTools(context, ...names);
  return { path: (name) => found[name] };
}

/** A pinned chart from the cache, or its stand-in. */
export const chart = (name: string): ResolvedChart =>
  resolveChart(name, {
    cacheRoot: chartCacheRoot(process.env, homedir()),
    standInRoot: join(projectRoot(), "test", "charts"),
    environment: "dev",
    allowUnverified: false,
  });

/** A namespace as the platform makes it. */
export function namespaceOf(
  name: string,
  role: NamespaceRole,
  identity: Pick<NamespaceIdentity, "backupTier" | "holdsData"> & { readonly level: PodSecurityLevel },
): KubeObject {
  const { level, ...rest } = identity;
  const podSecurity = { level, version: "v1.33" };
  const common = { role, component: name, owner: "platform-team", dataClassification: "internal" } as const;
  const labels = namespaceLabels({ ...common, ...rest, podSecurity });
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** What Helm makes of an operator's chart with the values of its plan. */
export function render(helm: string, planned: OperatorChart, folder: string): KubeObject[] {
  const values = join(folder, `${planned.release}-values.json`);
  writeFileSync(values, JSON.stringify(planned.values));
  const args = ["template", planned.release, chart(planned.entry).path, "--namespace", planned.namespace];
  // Helm as it is built here does not know which Kubernetes it is for.
  const version = TOOLS["kube-apiserver"].version;
  const text = execFileSync(helm, [...args, "--kube-version", version, "--values", values], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { HOME: folder, PATH: "/usr/bin:/bin" },
  });
  const { documents, problems } = parseManifests(text, planned.entry);
  assert.deepEqual(problems, []);
  return documents.map(({ object }) => object);
}

/** Arguments of a rendered container, with those replaced that make no sense outside a pod. */
export function argumentsOf(
  objects: readonly KubeObject[],
  deployment: string,
  overrides: Readonly<Record<string, string>>,
): string[] {
  const found = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === deployment);
  const args = at(found, "spec", "template", "spec", "containers", 0, "args");
  assert.ok(Array.isArray(args), `Deployment ${deployment} has arguments`);
  return replaced(args.map(String), overrides);
}

/** Flags with those of the same name replaced. */
export function replaced(args: readonly string[], overrides: Readonly<Record<string, string>>): string[] {
  const kept = args.filter((arg) => !(arg.replace(/^--|=.*$/g, "") in overrides));
  return [...kept, ...Object.entries(overrides).map(([name, value]) => `--${name}=${value}`)];
}

export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const result = await probe();
    if (result !== undefined) return result;
    assert.ok(Date.now() < deadline, `not within ${String(seconds)} s: ${what}`);
    await sleep(250);
  }
}

/** What the platform's guards go by, where no app of the suite is attacked. */
export const guardFacts: GuardFacts = {
  deployerGroups: [],
  hosts: {},
  domain: "example.nl",
  clusterDomain: "cluster.local",
  edgeClass: "traefik",
  gatewayNamespace: "gateway",
  runtimeClasses: {},
  metricsPaths: ["/metrics"],
  hasIssuer: true,
};

/** An embedded cluster in a folder of its own, and the local processes that work on it. */
export class Sandbox {
  private readonly running = new Map<string, ProcessRecord>();

  private constructor(
    readonly dir: string,
    readonly client: KubeClient,
  ) {}

  static async up(context: Context, name: string): Promise<Sandbox> {
    const binaries = await needTools(context, ...COMPONENTS);
    const dir = mkdtempSync(join(tmpdir(), `${name}-`));
    const { kubeconfig } = await clusterUp({ dir, binaries });
    return new Sandbox(dir, KubeClient.fromKubeconfig(kubeconfig));
  }

  get kubeconfig(): string {
    return clusterPaths(this.dir).kubeconfig;
  }

  async apply(objects: readonly unknown[]): Promise<void> {
    for (const object of objects) {
      assert.ok(isKubeObject(object));
      await this.client.apply(object, { force: true });
    }
  }

  /** A kubeconfig with a token of the ServiceAccount, so that a right that its roles lack is missed. */
  async kubeconfigOf(namespace: string, account: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
    const token = at(await this.client.request("POST", path, { body }), "status", "token");
    const { server, options } = await this.client.endpoint();
    assert.ok(typeof token === "string" && options.ca instanceof Buffer);
    const ca = options.ca.toString();
    const file = join(this.dir, `${namespace}-${account}.kubeconfig`);
    const text = tokenKubeconfigText({ cluster: CLUSTER_NAME, user: account, server, ca, token });
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  log = (name: string): string => join(this.dir, `${name}.log`);

  async start(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ProcessRecord> {
    const log = this.log(name);
    const own = { HOME: this.dir, TMPDIR: this.dir, PATH: "/usr/bin:/bin", ...env };
    return startProcess({ name, command, args, env: own, cwd: this.dir, log, inputs: [] }, (record) =>
      this.running.set(name, record),
    );
  }

  /** Starts it anew whenever it ends by itself, as a kubelet does, until it is stopped. */
  async keep(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    let latest = this.start(name, command, args, env);
    const watch = setInterval(() => {
      latest = latest.then((record) => {
        if (!this.running.has(name)) clearInterval(watch);
        else if (!isRunning(record)) return this.start(name, command, args, env);
        return record;
      });
    }, 500);
    watch.unref();
    await latest;
  }

  async stop(name: string, graceMs = 10_000): Promise<void> {
    const record = this.running.get(name);
    if (record !== undefined) await stopProcess(record, { graceMs });
    this.running.delete(name);
  }

  async down(): Promise<void> {
    for (const name of [...this.running.keys()].reverse()) await this.stop(name, 3_000);
    this.client.close();
    await clusterReset({ dir: this.dir });
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
