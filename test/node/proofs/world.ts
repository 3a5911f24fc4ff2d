import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Context } from "mocha";
import type { Apis } from "../../../cli/verify/api";
import { removeAll } from "../../../cli/verify/apply";
import { loadDocuments } from "../../../cli/verify/documents";
import type { Report } from "../../../cli/verify/model";
import { place } from "../../../cli/verify/placement";
import { loadStack } from "../../../cli/verify/stack";
import { suiteNamespaces, verify } from "../../../cli/verify/verify";
import { DEPLOYER } from "../../../components/namespace/rbac";
import type { LoadedConfig } from "../../../config/load";
import { clusterReset, clusterUp } from "../../../embedded/cluster";
import { sleep } from "../../../embedded/cluster/files";
import { clusterPaths } from "../../../embedded/cluster/paths";
import { StateFile } from "../../../embedded/cluster/state";
import { entryOf, networkOf } from "../../../embedded/nodes";
import type { NodesOptions } from "../../../embedded/nodes";
import { operatorSettings } from "../../../components/operators/frame/settings";
import type { PlatformPlan } from "../../../components/plan";
import { AlertReceiver } from "./alert-receiver";
import { BackupStore } from "./backup-store";
import { MONITORING_IMAGES, type RealImage } from "../../../embedded/nodes/images";
import { prepareNodes } from "../../../embedded/nodes/prepare";
import { projectRoot } from "../../../embedded/toolchain";
import { at, KubeClient, type KubeObject } from "../../../lib/kube/client";
import { flows } from "../../../suite/flows";
import { isLong, needTools } from "../../support/needs";
import { isReady, Kubectl, needNodes, readyPod, restrictedPod } from "../support";
import { installPlatform } from "./platform";

/** Where an image has a digest alone, a tag comes in its place. */
const withoutDigests = (text: string): string =>
  text.replaceAll(/(:[\w.-]+)?@sha256:[0-9a-f]{64}/g, (_, tag: string | undefined) => tag ?? ":1.0.0");

/** Renders of the suite, a folder each. */
export const corpus = join(__dirname, "../../../../shared/corpus/mijnbureau");
/** The app that runs in gVisor, where nodes have it. */
export const SANDBOXED = "collabora";
const POD = { apiVersion: "v1", kind: "Pod" };

/** Secrets that a Job of the suite makes, and a stand-in for it does not: their pods would wait for ever. */
const MADE_BY_JOBS = [{ app: "element", name: "synapse-signing-key", key: "synapse_signing_key" }] as const;

interface Made {
  readonly dir: string;
  readonly start: () => Promise<unknown>;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly nodes: NodesOptions;
  readonly backups: BackupStore | undefined;
  readonly alerts: AlertReceiver | undefined;
  readonly config: LoadedConfig;
  readonly plan: PlatformPlan;
}

/** The dev stack, with what this machine has: a bucket for Velero, and gVisor for an app. */
function stackOn({ gvisor }: NodesOptions, backups: BackupStore | undefined): LoadedConfig {
  const config = loadStack(projectRoot(), "dev");
  const { apps, operators } = config;
  const parsed = operatorSettings({ ...operators, ...(backups === undefined ? {} : { velero: backups.settings }) });
  if (!parsed.success) throw parsed.error;
  return {
    ...config,
    apps: gvisor ? { ...apps, [SANDBOXED]: { ...apps[SANDBOXED], runtimeClass: "gvisor" } } : apps,
    operators: parsed.data,
  };
}

/** The platform on two real nodes, with the suite's pods on it. */
export class World {
  readonly dir: string;
  readonly client: KubeClient;
  readonly kubectl: Kubectl;
  /** Those that have their real program. */
  readonly images: readonly RealImage[];
  /** Whether an app runs in it. */
  readonly gvisor: boolean;
  readonly backups: BackupStore | undefined;
  readonly alerts: AlertReceiver | undefined;
  readonly config: LoadedConfig;
  readonly plan: PlatformPlan;

  private readonly start: () => Promise<unknown>;

  private constructor({ dir, start, kubeconfig, kubectl, nodes, backups, alerts, config, plan }: Made) {
    this.dir = dir;
    this.start = start;
    this.images = nodes.images;
    this.gvisor = nodes.gvisor;
    this.backups = backups;
    this.alerts = alerts;
    this.config = config;
    this.plan = plan;
    this.client = KubeClient.fromKubeconfig(kubeconfig, undefined, { timeoutMs: 60_000 });
    this.kubectl = new Kubectl(kubectl, kubeconfig);
  }

  static async up(context: Context): Promise<World> {
    const binaries = await needNodes(context);
    const { helm } = await needTools(context, "helm");
    const dir = mkdtempSync(join(tmpdir(), "real-"));
    let backups: BackupStore | undefined;
    let alerts: AlertReceiver | undefined;
    try {
      const prepared = await prepareNodes(2, { dir, progress: () => undefined });
      // Two of Prometheus and their targets keep a machine busy: they run where alerts are tried.
      const images = prepared.images.filter((image) => isLong() || !MONITORING_IMAGES.includes(image));
      const nodes = { ...prepared, images };
      const start = () => clusterUp({ dir, binaries, nodes });
      const { kubeconfig } = await start();
      backups = await BackupStore.up(dir, nodes.images);
      alerts = await AlertReceiver.up(dir, nodes.images);
      const config = stackOn(nodes, backups);
      const given = [...(backups?.objects ?? []), ...(alerts?.objects(config.monitoring.namespace) ?? [])];
      const platform = await installPlatform({ dir, kubeconfig, helm, config, given });
      platform.owner.close();
      const { plan } = platform;
      return new World({ dir, start, kubeconfig, kubectl: binaries.kubectl, nodes, backups, alerts, config, plan });
    } catch (error) {
      await alerts?.down();
      await backups?.down();
      await clusterReset({ dir });
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
      throw error;
    }
  }

  async down(): Promise<void> {
    this.client.close();
    await this.alerts?.down();
    await this.backups?.down();
    await clusterReset({ dir: this.dir });
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  get state(): StateFile {
    return new StateFile(clusterPaths(this.dir));
  }

  /** To a process of the cluster: SIGKILL as if it had crashed. */
  signal(name: string, signal: "SIGKILL" | "SIGCONT"): void {
    const record = this.state.process(name);
    if (record === undefined) throw new Error(`no process ${name}`);
    process.kill(record.pid, signal);
  }

  /** As root of a node. */
  onNode(node: string, script: string): void {
    const [enter = "", ...entry] = entryOf(this.state, node);
    execFileSync(enter, [...entry, "sh", "-c", script], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  }

  /** Starts what does not run of the cluster. */
  async restart(): Promise<void> {
    await this.start();
  }

  /** Applies a render of the suite as its deployer, and waits until its pods are ready or say why they are not. */
  async install(render: string): Promise<Report> {
    const { documents } = loadDocuments([this.asServed(render)]);
    const { suite } = await suiteNamespaces(this.client);
    for (const { app, name, key } of MADE_BY_JOBS) {
      const metadata = { name, namespace: suite.get(app) ?? "" };
      await this.client.apply(
        { apiVersion: "v1", kind: "Secret", metadata, stringData: { [key]: "made" } },
        { force: true },
      );
    }
    return verify({
      documents,
      apis: this.apis,
      flows,
      settings: this.config.network,
      monitoringNamespace: this.config.monitoring.namespace,
      stack: "dev",
      standIns: true,
      timeoutMs: 90_000,
      progress: () => undefined,
    });
  }

  /** Takes a render away again, as its deployer. */
  async remove(render: string): Promise<void> {
    const { suite } = await suiteNamespaces(this.client);
    const { placed } = place(loadDocuments([this.asServed(render)]).documents, suite);
    // Objects of other namespaces have been refused, and are not the deployer's to remove.
    const namespaces = new Set(suite.values());
    const own = placed.filter(({ object }) => namespaces.has(object.metadata.namespace ?? ""));
    const { problems } = await removeAll(own, this.apis);
    if (problems.length > 0) throw new Error(problems.join("\n"));
  }

  private get apis(): Apis {
    return { admin: this.client, deployer: (namespace) => this.client.asServiceAccount(namespace, DEPLOYER) };
  }

  /** As rendered, but for digests: an image of upstream's cannot be had by its digest, nor made to have it. */
  private asServed(render: string): string {
    const folder = join(this.dir, "render", basename(render));
    cpSync(render, folder, { recursive: true });
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const file = join(folder, name);
      if (statSync(file).isFile()) writeFileSync(file, withoutDigests(readFileSync(file, "utf8")));
    }
    return folder;
  }

  /** The edge is the cluster's, not the stack's: pods with the labels that the stack's configuration names. */
  async ingressStandIn(): Promise<void> {
    const { namespace, podLabels, podPorts } = this.config.network.ingress;
    const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    if ((await this.client.find({ ...own, name: namespace })) === undefined) await this.client.create(own);
    const pod = restrictedPod(namespace, "ingress-controller", {
      labels: { ...podLabels },
      container: { ports: podPorts.map((containerPort) => ({ containerPort })), readinessProbe: undefined },
    });
    await this.client.apply(pod, { force: true });
    await readyPod(this.client, namespace, "ingress-controller");
  }

  /** The program of the toolchain that tries connections, outside of pods. */
  get helper(): string {
    return networkOf(this.state).helper;
  }

  /** The answer of `check` as soon as it has one, within a minute. */
  async eventually<T>(check: () => Promise<T | undefined>): Promise<T | undefined> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = await check();
      if (found !== undefined || Date.now() > deadline) return found;
      await sleep(1000);
    }
  }

  /** Pods whose containers run, on real nodes. */
  async runningPods(): Promise<readonly KubeObject[]> {
    const pods = await this.client.list(POD);
    return pods.filter(
      (pod) =>
        String(at(pod, "spec", "nodeName")).startsWith("real-") &&
        at(pod, "status", "phase") === "Running" &&
        pod.metadata.deletionTimestamp === undefined &&
        isReady(pod),
    );
  }
}
