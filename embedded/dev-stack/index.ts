import { readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { stackConfig, stackPlan } from "../../components/stack-file";
import { chartCacheRoot } from "../../components/charts/cache";
import { clusterUp, KubeClient, type RunningCluster } from "../cluster";
import { COMPONENTS } from "../cluster/components";
import { ClusterError } from "../../lib/kube/errors";
import { writeAtomic } from "../cluster/files";
import { kyvernoUp, type KyvernoOutcome } from "../cluster/kyverno";
import type { NodesOptions } from "../nodes";
import { pulumiEnv } from "../pulumi-env";
import { ensureTools, type ToolName } from "../toolchain";
import { withLock } from "../toolchain/lock";
import {
  adviceCounted,
  failure,
  releaseStaleLock,
  runEngine,
  runEngineOnBusyMachine,
  sections,
  stackExists,
  type EngineOptions,
} from "./engine";
import { fingerprint } from "./fingerprint";
import { refuseForeignState, readRecord, recordFile, type StartRecord } from "./record";
import { hasInterrupted, orphans, stateDigest, withoutInterrupted } from "./state";
import { describeCluster, type Summary } from "./summary";

const STACK = "dev";

/** How long the pods may take after the last step; simulated ones start at once, but one after the other. */
const READY_MS = 120_000;

export interface StartOptions {
  readonly root: string;
  readonly stateDir: string;
  /** Run `pulumi up` even where nothing it reads has changed since it last succeeded. */
  readonly force: boolean;
  /** Real nodes beside the simulated ones. */
  readonly nodes?: NodesOptions | undefined;
  readonly progress: (line: string) => void;
}

export interface StartReport {
  readonly cluster: RunningCluster;
  /** Whether `pulumi up` ran, and what it said it did. */
  readonly up: readonly string[] | undefined;
  readonly upLog: string | undefined;
  readonly kyverno: KyvernoOutcome;
  readonly summary: Summary;
  /** What stands and no state holds, as `<kind> <name>`. */
  readonly orphans: readonly string[];
  readonly changed: boolean;
}

/** Brings the dev stack up: tools, control plane, `pulumi up` behind the policy pack, Kyverno. */
export async function start(options: StartOptions): Promise<StartReport> {
  return withLock(join(options.stateDir, "start.lock"), () => startLocked(options), {
    onWait: (pid) => {
      options.progress(`waiting for process ${String(pid)}, which is starting the platform already`);
    },
  });
}

/**
 * What the stack asks its cluster to log; an API server that already runs keeps the policy that it was started with.
 *
 * @throws {ChartsError | ConfigError} when the configuration is wrong, before anything is started.
 */
function askedOfCluster({ root, stateDir }: StartOptions): { readonly auditPolicy: string; readonly kyverno: boolean } {
  const { auditPolicy, operators } = stackPlan(stackConfig(root, STACK));
  const file = join(stateDir, "audit-policy.yaml");
  writeAtomic(file, auditPolicy, 0o644);
  return { auditPolicy: file, kyverno: operators.some(({ plan }) => plan.operator === "kyverno") };
}

async function startLocked(options: StartOptions): Promise<StartReport> {
  const { progress, stateDir, root, nodes } = options;
  refuseForeignState(stateDir);
  const { auditPolicy, kyverno: wantsKyverno } = askedOfCluster(options);
  const binaries = await ensureTools(COMPONENTS, { onProgress: progress });
  const env = await pulumiEnv(stateDir, { onProgress: progress });
  const cluster = await clusterUp({ dir: join(stateDir, "cluster"), binaries, progress, auditPolicy, nodes });
  const client = KubeClient.fromKubeconfig(cluster.kubeconfig);
  try {
    const engine: EngineOptions = { root, stateDir, stack: STACK, env, progress };
    const record = recordFile(stateDir);
    const wanted: StartRecord = { clusterUid: await clusterUid(client), fingerprint: inputs(options, env, binaries) };
    const last = readRecord(record);
    const current =
      last?.clusterUid === wanted.clusterUid &&
      last.fingerprint === wanted.fingerprint &&
      last.state === stateDigest(engine);
    const kyvernoBuild = wantsKyverno ? inBackground("kyverno", progress) : undefined;
    const upRun = current && !options.force ? undefined : up(engine, { record, last, wanted });
    const outcome = await upRun?.catch((error: unknown) => {
      kyvernoBuild?.stop();
      throw error;
    });
    const kyverno = await kyvernoUp({
      dir: cluster.dir,
      progress,
      binary: () => kyvernoBuild?.path ?? inBackground("kyverno", progress).path,
    });
    return {
      cluster,
      up: outcome?.lines,
      upLog: outcome?.log,
      kyverno,
      summary: await describeCluster(client, { timeoutMs: READY_MS, progress }),
      orphans: await orphans(client, engine),
      changed: cluster.changed || outcome?.changed === true || kyverno === "started",
    };
  } finally {
    client.close();
  }
}

interface BackgroundBuild {
  readonly path: Promise<string>;
  readonly stop: () => void;
}

/** Finds or builds a tool that is needed later, while something else goes on. */
function inBackground(name: ToolName, onProgress: StartOptions["progress"]): BackgroundBuild {
  const stopped = new AbortController();
  const path = ensureTools([name], { onProgress, signal: stopped.signal }).then((paths) => paths[name]);
  // It is awaited when it is needed; until then a failure must not end the process.
  path.catch(() => undefined);
  return {
    path,
    stop: () => {
      stopped.abort();
    },
  };
}

function inputs({ root }: StartOptions, env: Readonly<Record<string, string>>, binaries: object): string {
  const charts = chartCacheRoot(process.env, homedir());
  return fingerprint({
    root,
    folders: [charts],
    values: [JSON.stringify(binaries), env["PULUMI_BACKEND_URL"] ?? "", process.version],
  });
}

async function clusterUid(client: KubeClient): Promise<string> {
  const { metadata } = await client.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
  if (metadata.uid === undefined) throw new ClusterError("namespace kube-system has no uid.");
  return metadata.uid;
}

interface Outcome {
  readonly lines: readonly string[];
  readonly log: string;
  readonly changed: boolean;
}

async function up(
  engine: EngineOptions,
  { record, last, wanted }: { record: string; last: StartRecord | undefined; wanted: StartRecord },
): Promise<Outcome> {
  await releaseStaleLock(engine);
  let exists = await stackExists(engine);
  if (exists && last !== undefined && last.clusterUid !== wanted.clusterUid) {
    // Its state describes objects of a cluster that has been removed since; nothing of it is left to manage.
    engine.progress("the cluster is a new one: the stack starts over");
    await run(
      ["stack", "rm", STACK, "--yes", "--force", "--preserve-config"],
      engine,
      "Removing the state of the old cluster",
    );
    exists = false;
  }
  writeAtomic(record, JSON.stringify({ clusterUid: wanted.clusterUid } satisfies StartRecord));
  if (exists) await forgetInterrupted(engine);
  else await run(["stack", "init", STACK], engine, "Making the stack");
  engine.progress(`pulumi up --stack ${STACK} --policy-pack policypack`);
  const result = await runEngineOnBusyMachine(
    ["up", "--yes", "--stack", STACK, "--policy-pack", "policypack", "--skip-preview", "--suppress-outputs"],
    // The engine writes its whole state before and after every step: megabytes of CRDs, two thousand times, which takes
    // many times as long as the rest (docs/performance.md). Here it is written once at the end; after a kill the next run
    // takes over what it finds, and names what it has no use for.
    { ...engine, env: { ...engine.env, PULUMI_SKIP_CHECKPOINTS: "true" } },
  );
  if (result.code !== 0) throw failure("pulumi up", result);
  writeAtomic(record, JSON.stringify({ ...wanted, state: stateDigest(engine) } satisfies StartRecord));
  const lines = adviceCounted(sections(result.lines, ["Policies", "Resources", "Duration"]));
  return {
    lines,
    log: result.log,
    changed: lines.some((line) => /[1-9]\d* (created|updated|deleted|replaced)/.test(line)),
  };
}

/**
 * What a killed `pulumi up` of a shell (`npm run env`) was about to make is in the state as interrupted, until somebody says whether it was made. The next run
 * takes it over where it was and is still wanted, and `orphans` names it where it is not.
 */
async function forgetInterrupted(engine: EngineOptions): Promise<void> {
  if (!hasInterrupted(engine)) return;
  engine.progress("the run before was killed: this one takes over what it was making");
  const file = join(engine.stateDir, "interrupted.json");
  try {
    await run(["stack", "export", "--stack", STACK, "--file", file], engine, "Reading the state");
    writeAtomic(file, withoutInterrupted(readFileSync(file, "utf8")), 0o600);
    await run(["stack", "import", "--stack", STACK, "--file", file], engine, "Writing the state");
  } finally {
    rmSync(file, { force: true });
  }
}

async function run(args: readonly string[], engine: EngineOptions, what: string): Promise<void> {
  const result = await runEngine(args, engine);
  if (result.code !== 0) throw failure(what, result);
}
