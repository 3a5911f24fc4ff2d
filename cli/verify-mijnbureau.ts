import { flows } from "../suite/flows";
import { databaseStoreOf } from "../components/operators/databases/endpoint";
import { DEPLOYER } from "../components/namespace/rbac";
import { ConfigError } from "../config/errors";
import { KubeClient, UnreachableError } from "../lib/kube/client";
import { ClusterError } from "../lib/kube/errors";
import { projectRoot } from "../embedded/toolchain";
import { main, UsageError, type Command, type ExitStatus } from "./command";
import { parseArguments, USAGE, type Arguments } from "./verify/arguments";
import type { Apis } from "./verify/api";
import { removeAll, removeStandIns } from "./verify/apply";
import { loadDocuments, type Document } from "./verify/documents";
import { place } from "./verify/placement";
import { failuresOf, isClean, renderReport } from "./verify/render";
import { kubeconfigOf, loadStack } from "./verify/stack";
import { suiteNamespaces, verify, VerifyError } from "./verify/verify";

const WRONG_USE = 2;

/** `npm run verify:mijnbureau -- <dir>`: MijnBureau's own manifests on the running stack. */
async function start(argv: readonly string[]): Promise<ExitStatus> {
  const given = parseArguments(argv);
  if (typeof given === "string") throw new UsageError(given);
  const { documents, problems } = loadDocuments(given.paths);
  if (documents.length === 0) return complain(["nothing to verify", ...problems].join("\n  - "));
  try {
    return await run(given, documents, problems);
  } catch (error) {
    if (!isUsersMistake(error)) throw error;
    return complain(error.message);
  }
}

async function run(given: Arguments, documents: readonly Document[], problems: readonly string[]): Promise<ExitStatus> {
  const root = projectRoot();
  const config = loadStack(root, given.stack);
  const kubeconfig = kubeconfigOf(given.kubeconfig, config, root);
  const context = given.context ?? config.cluster.context;
  const client = new KubeClient({ kubeconfig, context }, { timeoutMs: 60_000 });
  const apis = {
    admin: client,
    deployer: (namespace: string) => client.asServiceAccount(namespace, DEPLOYER),
  };
  try {
    if (given.remove) return await remove(documents, apis);
    const report = await verify({
      documents,
      apis,
      flows,
      settings: config.network,
      databaseStore: databaseStoreOf(config),
      monitoringNamespace: config.monitoring.namespace,
      stack: given.stack,
      standIns: given.standIns || config.cluster.simulatedNodes,
      timeoutMs: given.timeoutMs,
      progress: (line) => {
        console.error(`${line} …`);
      },
    });
    const whole = { ...report, problems: [...problems, ...report.problems] };
    const failures = failuresOf(whole);
    const clean = isClean(failures);
    if (given.json) print(JSON.stringify({ ...whole, failures, clean }, undefined, 2));
    else
      print(
        `${renderReport(whole)}\nThe objects stay; to remove them: npm run verify:mijnbureau -- ${given.paths.join(" ")} --delete`,
      );
    return clean ? 0 : 1;
  } finally {
    client.close();
  }
}

async function remove(documents: readonly Document[], apis: Apis): Promise<ExitStatus> {
  const { suite } = await suiteNamespaces(apis.admin);
  const own = new Set(suite.values());
  const { placed } = place(documents, suite);
  // What goes to namespaces of the platform was refused; there is nothing of it to remove.
  const ours = placed.filter(({ object }) => own.has(object.metadata.namespace ?? ""));
  const { removed, problems } = await removeAll(ours, apis);
  const standIns = await removeStandIns(apis.admin);
  print(`${removed} objects removed${standIns.length === 0 ? "" : `, and the stand-ins ${standIns.join(", ")}`}`);
  for (const problem of problems) console.error(`  - ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

const isUsersMistake = (error: unknown): error is Error =>
  [VerifyError, ConfigError, ClusterError, UnreachableError].some((kind) => error instanceof kind);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): ExitStatus {
  process.stderr.write(`verify:mijnbureau: ${text}\n`);
  return WRONG_USE;
}

export const command: Command = {
  name: "verify",
  summary: "MijnBureau's manifests on a running stack: what is admitted, and what may talk to what",
  usage: USAGE,
  run: start,
};

if (require.main === module) main(command);
