import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { auditPolicyFile } from "../../components/audit-policy";
import { withLock } from "../toolchain/lock";
import { KubeClient } from "../../lib/kube/client";
import {
  COMPONENTS,
  apiServerSpec,
  apiServerUrl,
  controllerManagerSpec,
  etcdSpec,
  kubeconfigOf,
  kubeconfigPath,
  kwokSpec,
  schedulerSpec,
  type Binaries,
  type ClusterSetup,
  type ComponentName,
  type Ports,
} from "./components";
import { ClusterError, reasonOf } from "../../lib/kube/errors";
import { readIfPresent, sleep, writeAtomic } from "./files";
import { residentMemory } from "./identity";
import { kubeconfigText } from "../../lib/kube/kubeconfig";
import { KYVERNO, removeKyvernoTraces } from "./kyverno-traces";
import { clusterPaths, defaultClusterDir, type ClusterPaths } from "./paths";
import { ensurePki, type ClientName } from "./pki";
import { freePort, portIsFree } from "./ports";
import {
  isRunning,
  logTail,
  specDigest,
  startProcess,
  stopProcess,
  waitUntilReady,
  type ProcessRecord,
  type ProcessSpec,
} from "./processes";
import {
  ensureNetwork,
  ensureNodes,
  ensureRoutes,
  stopNetwork,
  stopNodes,
  type NodesContext,
  type NodesOptions,
} from "../nodes";
import { API_SERVER_PORT } from "../nodes/layout";
import { releaseNodes, seed, unheldNodes, unreadyNodes } from "./seed";
import { StateFile } from "./state";

export { KubeClient } from "../../lib/kube/client";
export { clusterPaths } from "./paths";

export interface ClusterOptions {
  /** Where the cluster keeps its state; by default `.pulumi-dev/cluster` of the checkout. */
  readonly dir?: string | undefined;
  readonly progress?: ((line: string) => void) | undefined;
}

export interface UpOptions extends ClusterOptions {
  readonly binaries: Binaries;
  /** Audit policy file; by default the platform's own, for a stack without namespaces of its own. */
  readonly auditPolicy?: string | undefined;
  /** Real nodes beside the simulated ones; without, as many as the cluster was made with must be none. */
  readonly nodes?: NodesOptions | undefined;
  /** Configuration of the audit webhook; by default events go to the log alone. */
  readonly auditWebhook?: string | undefined;
}

export interface RunningCluster {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly server: string;
  readonly logs: string;
  readonly auditLog: string;
  /** Whether anything had to be started. */
  readonly changed: boolean;
}

const CLIENTS: readonly ClientName[] = ["admin", "controller-manager", "scheduler", "kwok"];
const READY_TIMEOUT_MS = 120_000;
/** An API server ends by itself 10 to 15 s after it is asked; etcd and the others sooner. */
const STOP_GRACE_MS = 45_000;
const KWOK_STARTS = 3;

const pathsOf = (options: ClusterOptions): ClusterPaths => clusterPaths(options.dir ?? defaultClusterDir());

/** Starts what does not run yet, and returns when the nodes take pods. */
export async function clusterUp(options: UpOptions): Promise<RunningCluster> {
  const paths = pathsOf(options);
  mkdirSync(paths.kubeconfigs, { recursive: true, mode: 0o700 });
  return locked(paths, options, async () => {
    const file = new StateFile(paths);
    if (file.state.stopping) await stopAll(file, STOP_GRACE_MS);
    const nodes = agreeOnNodes(paths, file, options.nodes);
    const ports = await choosePorts(file);
    await ensurePki(paths);
    const setup: ClusterSetup = {
      paths,
      binaries: options.binaries,
      auditPolicy: options.auditPolicy ?? defaultAuditPolicy(paths),
      auditWebhook: options.auditWebhook,
      ports,
      enter: await enterControlPlane(file, options, ports),
    };
    for (const client of CLIENTS) writeKubeconfig(setup, client);
    const changed = await startAll(setup, file, { ...options, nodes });
    return {
      dir: paths.dir,
      kubeconfig: paths.kubeconfig,
      server: apiServerUrl(setup.ports),
      logs: paths.logs,
      auditLog: paths.auditLog,
      changed,
    };
  });
}

function defaultAuditPolicy({ dir }: ClusterPaths): string {
  const file = join(dir, "audit-policy.yaml");
  writeAtomic(file, auditPolicyFile({ namespaces: [] }), 0o644);
  return file;
}

/** Stops all processes; the state stays, so that the next start has the same objects. */
export async function clusterDown(options: ClusterOptions = {}): Promise<boolean> {
  const paths = pathsOf(options);
  if (readIfPresent(paths.state) === undefined) return false;
  return locked(paths, options, async () => {
    const file = new StateFile(paths);
    const ran = Object.values(file.state.processes).some(isRunning);
    if (ran && isRunningNamed(file, KYVERNO)) await leaveKyvernoClean(paths, file);
    await stopAll(file, STOP_GRACE_MS, options.progress);
    return ran;
  });
}

/** Stops all processes at once and removes everything the cluster has written. */
export async function clusterReset(options: ClusterOptions = {}): Promise<boolean> {
  const paths = pathsOf(options);
  if (readIfPresent(paths.state) === undefined) return false;
  return locked(paths, options, async () => {
    await stopAll(new StateFile(paths), 0);
    const { etcd, pki, kubeconfigs, kubeconfig, logs, nodes, state } = paths;
    for (const path of [etcd, pki, kubeconfigs, kubeconfig, logs, nodes, state]) {
      rmSync(path, { recursive: true, force: true });
    }
    return true;
  });
}

export interface ProcessStatus {
  readonly name: string;
  readonly pid?: number;
  readonly running: boolean;
  readonly memoryBytes?: number;
  readonly log?: string;
}

export interface ClusterStatus {
  readonly dir: string;
  readonly up: boolean;
  readonly server?: string;
  readonly version?: string;
  readonly kubeconfig: string;
  readonly processes: readonly ProcessStatus[];
  /** Why it is not up, or what is not as it should be. */
  readonly problems: readonly string[];
}

export async function clusterStatus(options: ClusterOptions = {}): Promise<ClusterStatus> {
  const paths = pathsOf(options);
  const { state } = new StateFile(paths);
  const names = [...COMPONENTS, ...Object.keys(state.processes).filter((name) => !isComponent(name))];
  const processes = names.map((name) => processStatus(name, state.processes[name]));
  const problems = processes.filter(({ running }) => !running).map(describeStopped);
  const { apiServer, etcd, etcdPeer } = state.ports;
  const base = {
    dir: paths.dir,
    kubeconfig: paths.kubeconfig,
    processes,
  };
  if (apiServer === undefined || etcd === undefined || etcdPeer === undefined) {
    return { ...base, up: false, problems: ["it has never been started."] };
  }
  const server = apiServerUrl({ apiServer, etcd, etcdPeer });
  if (processes.find(({ name }) => name === "kube-apiserver")?.running !== true) {
    return { ...base, server, up: false, problems };
  }
  const answer = await askApiServer(paths);
  const all = [...problems, ...answer.problems];
  return {
    ...base,
    server,
    ...(answer.version === undefined ? {} : { version: answer.version }),
    up: all.length === 0,
    problems: all,
  };
}

async function askApiServer(paths: ClusterPaths): Promise<{ version?: string; problems: readonly string[] }> {
  let client: KubeClient | undefined;
  try {
    client = KubeClient.fromKubeconfig(paths.kubeconfig, undefined, { timeoutMs: 5_000 });
    const version = await client.version();
    const nodes = await unreadyNodes(client);
    return { version, problems: nodes.length === 0 ? [] : [`nodes not ready: ${nodes.join(", ")}.`] };
  } catch (error) {
    return { problems: [`the API server does not answer: ${reasonOf(error)}.`] };
  } finally {
    client?.close();
  }
}

const isComponent = (name: string): boolean => COMPONENTS.some((component) => component === name);

function processStatus(name: string, record: ProcessRecord | undefined): ProcessStatus {
  if (record === undefined) return { name, running: false };
  const running = isRunning(record);
  const memoryBytes = running ? residentMemory(record.pid) : undefined;
  return { name, pid: record.pid, running, log: record.log, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
}

function describeStopped({ name, log }: ProcessStatus): string {
  return log === undefined ? `${name} does not run.` : `${name} does not run; its log: ${log}.`;
}

/** How many real nodes the cluster was made with; 0 where there is none yet. */
export const nodesOf = (options: ClusterOptions = {}): number => new StateFile(pathsOf(options)).state.nodes;

/**
 * A cluster has the nodes it was made with. Its objects say so: simulated volumes hold nothing that a container could
 * mount, and pods of nodes that are gone would stay for ever.
 */
function agreeOnNodes(
  paths: ClusterPaths,
  file: StateFile,
  wanted: NodesOptions | undefined,
): NodesOptions | undefined {
  const { nodes } = file.state;
  const asked = wanted?.count ?? 0;
  const made = existsSync(join(paths.etcd, "member"));
  if (made && asked !== nodes) {
    const count = (number: number): string => (number === 0 ? "no real nodes" : `${String(number)} real nodes`);
    throw new ClusterError(
      `this cluster was made with ${count(nodes)}, and ${count(asked)} are asked for. ` +
        "npm run cluster -- reset removes it, with all its objects; then start again.",
    );
  }
  if (asked !== nodes) file.update({ nodes: asked });
  return wanted;
}

const nodesContext = (file: StateFile, options: ClusterOptions): NodesContext => ({
  paths: file.paths,
  file,
  progress: options.progress ?? (() => undefined),
  ensure: (spec) => ensureProcess(spec, file, options),
});

/** Beside real nodes the control plane has a network of its own: over that link their policies count. */
async function enterControlPlane(file: StateFile, options: UpOptions, ports: Ports): Promise<readonly string[]> {
  const { nodes } = options;
  if (nodes === undefined) return [];
  const to = { from: ports.apiServer, to: API_SERVER_PORT };
  return ensureNetwork(nodesContext(file, options), nodes.binaries["node-helper"], to);
}

/** Two commands at once wait for each other. */
function locked<T>(paths: ClusterPaths, options: ClusterOptions, work: () => Promise<T>): Promise<T> {
  return withLock(paths.lock, work, {
    onWait: (pid) => options.progress?.(`waiting for process ${String(pid)}, which is at work on this cluster`),
  });
}

/** The recorded ports, save those that somebody else has taken while the cluster was down. */
async function choosePorts(file: StateFile): Promise<Ports> {
  const apiServerOwner = file.state.nodes > 0 ? "relay" : "kube-apiserver";
  const owners = { etcd: "etcd", etcdPeer: "etcd", apiServer: apiServerOwner } as const;
  const taken = new Set<number>();
  const choose = async (name: keyof Ports): Promise<number> => {
    const recorded = file.state.ports[name];
    const usable = recorded !== undefined && (isRunningNamed(file, owners[name]) || (await portIsFree(recorded)));
    const port = usable ? recorded : await freePort(taken);
    taken.add(port);
    return port;
  };
  const ports = {
    etcd: await choose("etcd"),
    etcdPeer: await choose("etcdPeer"),
    apiServer: await choose("apiServer"),
  };
  file.update({ ports });
  return ports;
}

function isRunningNamed(file: StateFile, name: string): boolean {
  const record = file.process(name);
  return record !== undefined && isRunning(record);
}

/** Written only when it changes: a new file would make the processes that read it restart. */
function writeKubeconfig(setup: ClusterSetup, client: ClientName): void {
  const path = kubeconfigPath(setup.paths, client);
  const text = kubeconfigText(kubeconfigOf(setup, client, (file) => readFileSync(file, "utf8")));
  if (readIfPresent(path) !== text) writeAtomic(path, text);
}

type StartOptions = ClusterOptions & { readonly nodes: NodesOptions | undefined };

async function startAll(setup: ClusterSetup, file: StateFile, options: StartOptions): Promise<boolean> {
  const client = KubeClient.fromKubeconfig(setup.paths.kubeconfig, undefined, { timeoutMs: 5_000 });
  try {
    const etcdStarted = await ensureProcess(etcdSpec(setup), file, options);
    const apiStarted = await ensureProcess(apiServerSpec(setup), file, options);
    const started = [etcdStarted, apiStarted];
    await waitUntilReady(recordOf(file, "kube-apiserver"), () => isApiServerReady(client, file), READY_TIMEOUT_MS);
    // Of a Kyverno that was killed, or whose API server went before it: nobody answers its webhooks now.
    if ((apiStarted || file.process(KYVERNO) !== undefined) && !isRunningNamed(file, KYVERNO)) {
      await removeKyvernoTraces(client);
      if (file.process(KYVERNO) !== undefined) file.forget(KYVERNO);
    }
    const startKwok = (): Promise<boolean> =>
      ensureProcess(kwokSpec(setup), file, { ...options, beforeStart: () => releaseNodes(client) });
    for (const spec of [controllerManagerSpec(setup), schedulerSpec(setup)]) {
      started.push(await ensureProcess(spec, file, options));
    }
    started.push(await startKwok());
    const { nodes } = options;
    if (nodes !== undefined) started.push(await ensureNodes(nodesContext(file, options), nodes, client));
    const changed = started.includes(true);
    if (changed) options.progress?.("registering nodes, storage and cluster DNS");
    if (changed || (await unreadyNodes(client)).length > 0) {
      await seed(client, { realNodes: nodes !== undefined });
      await waitForNodes(client, file, { startKwok, realNodes: nodes?.count ?? 0 });
    }
    if (nodes !== undefined) await ensureRoutes(nodesContext(file, options), nodes.count, client);
    return changed;
  } finally {
    client.close();
  }
}

function recordOf(file: StateFile, name: ComponentName): ProcessRecord {
  const record = file.process(name);
  if (record === undefined) throw new Error(`${name} has no record`);
  return record;
}

/** Starts the process unless it runs already from the same binary, flags and files. */
async function ensureProcess(
  spec: ProcessSpec,
  file: StateFile,
  options: ClusterOptions & { beforeStart?: (() => Promise<void>) | undefined },
): Promise<boolean> {
  const current = file.process(spec.name);
  if (current !== undefined && isRunning(current)) {
    if (current.spec === specDigest(spec)) return false;
    options.progress?.(`restarting ${spec.name}: its settings have changed`);
    await stopProcess(current, { graceMs: STOP_GRACE_MS });
  } else {
    options.progress?.(`starting ${spec.name}`);
  }
  await options.beforeStart?.();
  await startProcess(spec, (started) => {
    file.record(started);
  });
  return true;
}

async function isApiServerReady(client: KubeClient, file: StateFile): Promise<boolean> {
  const etcd = recordOf(file, "etcd");
  if (!isRunning(etcd)) throw new ClusterError(`etcd ended at its start. Log: ${etcd.log}\n${logTail(etcd.log)}`);
  try {
    await client.request("GET", "/readyz");
    return true;
  } catch {
    return false;
  }
}

/**
 * KWOK is started again when it ends: 0.8.0 compiles the stages of several kinds at once, with caches that are not made
 * for that (wzshiming/easycel 0.6.0, typeValueMap), and now and then Go stops it for "concurrent map writes".
 */
async function waitForNodes(
  client: KubeClient,
  file: StateFile,
  { startKwok, realNodes }: { readonly startKwok: () => Promise<boolean>; readonly realNodes: number },
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let kwokStarts = 1;
  for (;;) {
    const ended = COMPONENTS.map((name) => recordOf(file, name)).find((record) => !isRunning(record));
    if (ended?.name === "kwok" && kwokStarts < KWOK_STARTS) {
      kwokStarts += 1;
      await startKwok();
    } else if (ended !== undefined) {
      throw new ClusterError(`${ended.name} ended at its start. Log: ${ended.log}\n${logTail(ended.log)}`);
    }
    const unready = [...new Set([...(await unreadyNodes(client, realNodes)), ...(await unheldNodes(client))])];
    if (unready.length === 0) return;
    if (Date.now() > deadline) {
      throw new ClusterError(
        `nodes are not ready after ${String(READY_TIMEOUT_MS / 1000)} s: ${unready.join(", ")}. ` +
          `Logs: ${recordOf(file, "kwok").log}, ${recordOf(file, "kube-controller-manager").log}`,
      );
    }
    await sleep(200);
  }
}

async function leaveKyvernoClean(paths: ClusterPaths, file: StateFile): Promise<void> {
  const record = file.process(KYVERNO);
  if (record !== undefined) await stopProcess(record, { graceMs: STOP_GRACE_MS });
  const client = KubeClient.fromKubeconfig(paths.kubeconfig, undefined, { timeoutMs: 5_000 });
  try {
    await removeKyvernoTraces(client);
  } catch {
    // The API server is gone already; the next start removes them.
  } finally {
    client.close();
  }
}

/** Whoever talks to the API server first, etcd last. */
async function stopAll(file: StateFile, graceMs: number, progress?: (line: string) => void): Promise<void> {
  file.update({ stopping: true });
  if (file.state.nodes > 0) progress?.("stopping the real nodes");
  await stopNodes(file.paths, file);
  const order = [[KYVERNO, "kwok", "kube-scheduler", "kube-controller-manager"], ["kube-apiserver"], ["etcd"]];
  for (const names of order) {
    const running = names.map((name) => file.process(name)).filter((record) => record !== undefined);
    for (const record of running) if (isRunning(record)) progress?.(`stopping ${record.name}`);
    await Promise.all(running.map((record) => stopProcess(record, { graceMs })));
    for (const record of running) file.forget(record.name);
  }
  await stopNetwork(file);
  file.update({ stopping: false });
}
