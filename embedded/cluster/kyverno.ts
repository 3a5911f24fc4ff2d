import { get } from "node:https";
import { join } from "node:path";
import { withLock } from "../toolchain/lock";
import { at, KubeClient, type KubeObject } from "../../lib/kube/client";
import { apiServerUrl, CLUSTER_NAME } from "./components";
import { ClusterError } from "../../lib/kube/errors";
import { readIfPresent, sleep, writeAtomic } from "./files";
import { tokenKubeconfigText } from "../../lib/kube/kubeconfig";
import { KYVERNO, kyvernoDeployment, kyvernoWebhooks, removeKyvernoTraces } from "./kyverno-traces";
import { clusterPaths, defaultClusterDir, type ClusterPaths } from "./paths";
import { freePort, portIsFree } from "./ports";
import { isRunning, specDigest, startProcess, stopProcess, waitUntilReady, type ProcessSpec } from "./processes";
import { StateFile } from "./state";

/**
 * The pods of a simulated node answer no webhook. So Kyverno's admission controller runs as a local process, which
 * registers its webhooks by URL: with the flags, the environment and the ServiceAccount of the Deployment that the
 * stack has installed, and only what a process outside the cluster needs otherwise.
 */
export interface KyvernoOptions {
  readonly dir?: string | undefined;
  readonly progress?: ((line: string) => void) | undefined;
  /** Finds or builds the executable; only asked for where it has to be started. */
  readonly binary: () => Promise<string>;
}

export type KyvernoOutcome = "not installed" | "running already" | "started" | "in its own pods";

const HOST = "127.0.0.1";
const READY_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 45_000;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export async function kyvernoUp(options: KyvernoOptions): Promise<KyvernoOutcome> {
  const paths = clusterPaths(options.dir ?? defaultClusterDir());
  return withLock(paths.lock, async () => {
    const client = KubeClient.fromKubeconfig(paths.kubeconfig);
    try {
      const deployment = await kyvernoDeployment(client);
      if (deployment === undefined) {
        await stop(paths, client);
        return "not installed";
      }
      if (new StateFile(paths).state.nodes > 0) {
        options.progress?.("waiting for Kyverno's own pods");
        await answering(client, deployment);
        return "in its own pods";
      }
      return await ensureRunning(deployment, { paths, client, options });
    } finally {
      client.close();
    }
  });
}

/** Stops the process and removes what would otherwise refuse every write. */
export async function kyvernoDown(dir: string = defaultClusterDir()): Promise<void> {
  const paths = clusterPaths(dir);
  await withLock(paths.lock, async () => {
    const client = KubeClient.fromKubeconfig(paths.kubeconfig);
    try {
      await stop(paths, client);
    } finally {
      client.close();
    }
  });
}

interface Context {
  readonly paths: ClusterPaths;
  readonly client: KubeClient;
  readonly options: KyvernoOptions;
}

async function stop(paths: ClusterPaths, client: KubeClient): Promise<void> {
  const file = new StateFile(paths);
  const record = file.process(KYVERNO);
  if (record === undefined) return;
  await stopProcess(record, { graceMs: STOP_GRACE_MS });
  await removeKyvernoTraces(client);
  file.forget(KYVERNO);
}

async function ensureRunning(deployment: KubeObject, context: Context): Promise<KyvernoOutcome> {
  const { paths, client, options } = context;
  const file = new StateFile(paths);
  const current = file.process(KYVERNO);
  const running = current !== undefined && isRunning(current);
  const ports = await choosePorts(file, running);
  const spec = processSpec(deployment, paths, { ports, command: await options.binary() });
  if (running && current.spec === specDigest(spec)) return "running already";
  options.progress?.("starting Kyverno's admission controller");
  await stop(paths, client);
  await removeKyvernoTraces(client);
  await writeKubeconfig(deployment, context, file);
  const started = await startProcess(spec, (record) => {
    file.record(record);
  });
  await waitUntilReady(started, () => isReady(client, ports.webhook), READY_TIMEOUT_MS);
  return "started";
}

/** Pods of a real node register their webhooks once they answer, and the API server calls them over the network. */
async function answering(client: KubeClient, { metadata }: KubeObject): Promise<void> {
  const { name = "", namespace = KYVERNO } = metadata;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const found = await client.get({ apiVersion: "apps/v1", kind: "Deployment", name, namespace });
    const ready = Number(at(found, "status", "readyReplicas") ?? 0);
    if (ready > 0 && (await kyvernoWebhooks(client)).length > 1) return;
    if (Date.now() > deadline) {
      throw new ClusterError(
        `Kyverno's pods do not answer after ${String(READY_TIMEOUT_MS / 1000)} s. See why with: kubectl describe pods --namespace ${namespace}`,
      );
    }
    await sleep(500);
  }
}

interface KyvernoPorts {
  readonly webhook: number;
  readonly metrics: number;
}

async function choosePorts(file: StateFile, running: boolean): Promise<KyvernoPorts> {
  const recorded = file.state.kyvernoPorts;
  const taken = new Set(Object.values(file.state.ports).filter((port) => port !== undefined));
  const choose = async (port: number | undefined): Promise<number> => {
    const chosen = port !== undefined && (running || (await portIsFree(port))) ? port : await freePort(taken);
    taken.add(chosen);
    return chosen;
  };
  const ports = { webhook: await choose(recorded?.webhook), metrics: await choose(recorded?.metrics) };
  file.update({ kyvernoPorts: ports });
  return ports;
}

async function isReady(client: KubeClient, port: number): Promise<boolean> {
  try {
    return (await answersReady(port)) && (await kyvernoWebhooks(client)).length > 1;
  } catch {
    return false;
  }
}

/** Its certificate comes from an authority of its own; the process is known by its recorded pid, not by that. */
function answersReady(port: number): Promise<boolean> {
  const url = `https://${HOST}:${String(port)}/health/readiness`;
  return new Promise((resolve, reject) => {
    const request = get(url, { rejectUnauthorized: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", reject);
  });
}

/** A token of the ServiceAccount, so that a right that the chart's roles lack is missed here too. */
async function writeKubeconfig(deployment: KubeObject, { paths, client }: Context, file: StateFile): Promise<void> {
  const account = at(deployment, "spec", "template", "spec", "serviceAccountName");
  const namespace = deployment.metadata.namespace ?? KYVERNO;
  if (typeof account !== "string")
    throw new ClusterError(`Deployment ${namespace}/${nameOf(deployment)} names no ServiceAccount.`);
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: YEAR_SECONDS },
  };
  const token = at(await client.request("POST", path, { body }), "status", "token");
  const { ports } = file.state;
  const { apiServer, etcd, etcdPeer } = ports;
  const { ca } = (await client.endpoint()).options;
  if (
    typeof token !== "string" ||
    apiServer === undefined ||
    etcd === undefined ||
    etcdPeer === undefined ||
    !(ca instanceof Buffer)
  ) {
    throw new ClusterError(`no token for ServiceAccount ${namespace}/${account}.`);
  }
  const text = tokenKubeconfigText({
    cluster: CLUSTER_NAME,
    user: account,
    server: apiServerUrl({ apiServer, etcd, etcdPeer }),
    ca: ca.toString(),
    token,
  });
  writeAtomic(kubeconfigPath(paths), text);
}

const kubeconfigPath = (paths: ClusterPaths): string => join(paths.kubeconfigs, "kyverno.kubeconfig");
const nameOf = (object: KubeObject): string => object.metadata.name ?? "";

interface Local {
  readonly ports: KyvernoPorts;
  readonly command: string;
}

function processSpec(deployment: KubeObject, paths: ClusterPaths, { ports, command }: Local): ProcessSpec {
  const containers = at(deployment, "spec", "template", "spec", "containers");
  const container = (Array.isArray(containers) ? Array.from<unknown>(containers) : []).find(
    (entry) => at(entry, "name") === KYVERNO,
  );
  const args = at(container, "args");
  if (!Array.isArray(args)) {
    throw new ClusterError(`Deployment ${nameOf(deployment)} has no container "${KYVERNO}" with arguments.`);
  }
  const overrides: Readonly<Record<string, string>> = {
    kubeconfig: kubeconfigPath(paths),
    serverIP: `${HOST}:${String(ports.webhook)}`,
    webhookServerHost: HOST,
    webhookServerPort: String(ports.webhook),
    // Served even with --disableMetrics, and then on the same port by each Kyverno on this machine.
    metricsHost: HOST,
    metricsPort: String(ports.metrics),
    controllerRuntimeMetricsAddress: "0",
    autoMemLimitEnabled: "false",
  };
  const kept = args.map(String).filter((arg) => !(flagName(arg) in overrides));
  return {
    name: KYVERNO,
    command,
    args: [...kept, ...Object.entries(overrides).map(([name, value]) => `--${name}=${value}`)],
    env: {
      ...containerEnvironment(container, deployment),
      TUF_ROOT: join(paths.dir, "sigstore"),
      HOME: paths.dir,
      PATH: "/usr/bin:/bin",
      GOGC: "50",
    },
    cwd: paths.dir,
    log: join(paths.logs, "kyverno.log"),
    inputs: [],
  };
}

const flagName = (arg: string): string => arg.replace(/^--?/, "").split("=", 1)[0] ?? "";

/** The variables of a controller's container; what the kubelet would fill in is filled in here. */
export function containerEnvironment(container: unknown, deployment: KubeObject): Record<string, string> {
  const fields: Readonly<Record<string, string>> = {
    "metadata.namespace": deployment.metadata.namespace ?? KYVERNO,
    "metadata.name": `${nameOf(deployment)}-local`,
  };
  const variables = at(container, "env");
  const result: Record<string, string> = {};
  for (const variable of Array.isArray(variables) ? Array.from<unknown>(variables) : []) {
    const name = at(variable, "name");
    const value = at(variable, "value") ?? fields[String(at(variable, "valueFrom", "fieldRef", "fieldPath"))];
    if (typeof name === "string" && typeof value === "string") result[name] = value;
  }
  return result;
}

/** Whether the recorded process runs; false also where there is none. */
export function kyvernoRuns(dir: string = defaultClusterDir()): boolean {
  const paths = clusterPaths(dir);
  if (readIfPresent(paths.state) === undefined) return false;
  const record = new StateFile(paths).process(KYVERNO);
  return record !== undefined && isRunning(record);
}
