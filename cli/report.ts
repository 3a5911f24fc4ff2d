import { readFileSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { chartCacheRoot } from "../components/charts/cache";
import { discover } from "../components/cluster/discover";
import type { ClusterFacts } from "../components/cluster/facts";
import { describesPlatform, stackConfig, stackPlan } from "../components/stack-file";
import type { LoadedConfig } from "../config/load";
import { policySettings, type PolicySettings } from "../config/policies";
import { findTools, projectRoot } from "../embedded/toolchain";
import { UserError } from "../lib/errors";
import { asObject, asObjects, asString } from "../lib/json";
import { KubeClient } from "../lib/kube/client";
import { loadRules } from "../policypack/engine/load";
import { resourceObjects } from "../policypack/engine/resources";
import type { StackObject } from "../policypack/engine/stack";
import { main, parseOptions, UsageError, type Command } from "./command";
import type { Copy } from "../components/recovery/coverage";
import { copiesOn, coveredPlaces } from "./recovery/coverage";
import { audit, type Judged } from "./report/audit";
import { evidenceOf } from "./report/evidence";
import { auditPage } from "./report/page";
import { planObjects } from "./report/plan-objects";
import { DataFileError, problemText, systemMessage } from "./scan/problem";
import { readInput } from "./scan/read";
import { readSettings } from "./scan/stack-file";

const usage = `Usage: npm run report -- [options] [file or folder with manifests…]

Reports for an auditor what the policies say of a stack: what was not seen, exemptions with what they cover and how long
they last, advice with why it is not followed, counts per rule, and the controls of the norms, each by its own numbers.

  --stack <name>     judge what Pulumi.<name>.yaml would install, by its own profile, parameters and exemptions, and look
                     at its cluster where that answers
  --offline          do not ask the cluster
  --state <file>     judge the objects of a state instead: the output of "pulumi stack export"
  --format <format>  markdown (default) or json
  --output <file>    write there instead of to standard output

Exit status: 0 written, 1 could not be written, 2 wrong use, or an input that could not be read.
`;

interface Outcome {
  readonly status: 0 | 2;
  readonly out: string;
  readonly err: string;
}

/** Where the command works, for tests. */
export interface Place {
  /** Where the stack files lie. */
  readonly root: string;
  /** YYYY-MM-DD */
  readonly today: string;
}

/** The Kubernetes objects of an exported state, as the program gave them. */
function stateObjects(file: string): readonly StackObject[] {
  let state: unknown;
  try {
    state = load(readFileSync(file, "utf8"));
  } catch (error) {
    throw new DataFileError(`--state ${file}: ${systemMessage(error).split("\n", 1)[0] ?? ""}`);
  }
  const resources = asObjects(asObject(asObject(state)?.["deployment"])?.["resources"]);
  if (resources.length === 0)
    throw new DataFileError(`--state ${file}: holds no resources; give the output of "pulumi stack export"`);
  return resources.flatMap((resource) => {
    const type = asString(resource["type"]) ?? "";
    return resourceObjects({ type, urn: asString(resource["urn"]) ?? "", props: resource["inputs"] });
  });
}

interface Asked {
  readonly stack: string | undefined;
  readonly state: string | undefined;
  readonly offline: boolean;
}

const CLUSTER_TIMEOUT_MS = 5_000;

/** What a stack comes down to, with its cluster's answers where it answers. */
async function stackJudged(stack: string, { root }: Place, offline: boolean): Promise<Judged> {
  const config = stackConfig(root, stack);
  const facts = offline ? "The cluster was not asked (--offline)." : await cluster(config);
  const source = {
    cacheRoot: chartCacheRoot(process.env, os.homedir()),
    standInRoot: join(projectRoot(), "test", "charts"),
    environment: config.environment,
    allowUnverified: true,
  };
  const helm = (await findTools(["helm"])).get("helm");
  const { simulatedNodes } = config.cluster;
  const { objects, unseen } = await planObjects(stackPlan(config, typeof facts === "string" ? undefined : facts), {
    source,
    helm,
    simulatedNodes,
  });
  const state = "What stands was not judged, but the plan: no state was given (--state <file>).";
  const data = (copies?: readonly Copy[]) => coveredPlaces(config, copies, new Date());
  if (typeof facts === "string") return { objects, unseen: [facts, state, ...unseen], stack, data: data() };
  const client = new KubeClient(config.cluster);
  try {
    const evidence = await evidenceOf(client, objects, facts, config);
    const copies = await copiesOn(client);
    return typeof copies === "string"
      ? { objects, unseen: [`Of backups, ${copies}.`, state, ...unseen], stack, evidence, data: data() }
      : { objects, unseen: [state, ...unseen], stack, evidence, data: data(copies) };
  } finally {
    client.close();
  }
}

/** What the cluster says of itself, or why it says nothing. */
async function cluster(config: LoadedConfig): Promise<ClusterFacts | string> {
  try {
    return await discover(config.cluster, CLUSTER_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = error.message.split("\n").at(-1) ?? "";
    return `The cluster was not seen, and nothing that only it knows: ${why.replace(/^[\s-]+|[\s.]+$/g, "")}.`;
  }
}

async function judgedOf({ stack, state, offline }: Asked, place: Place): Promise<Judged> {
  const noCluster = "The cluster was not seen: a report on files or a state asks none.";
  if (state !== undefined)
    return { objects: stateObjects(state), unseen: [noCluster], ...(stack !== undefined && { stack }) };
  if (stack === undefined) return { objects: [], unseen: [noCluster, "No state was given (--state <file>)."] };
  if (describesPlatform(place.root, stack)) return stackJudged(stack, place, offline);
  return {
    objects: [],
    unseen: [`Pulumi.${stack}.yaml sets policies and no platform: there is no plan to judge.`, noCluster],
    stack,
  };
}

function settingsOf(stack: string | undefined, { root }: Place): PolicySettings {
  return stack === undefined ? policySettings.parse({}) : readSettings("stack", join(root, `Pulumi.${stack}.yaml`));
}

async function report(argv: readonly string[], place: Place): Promise<Outcome> {
  const { values, positionals } = parseOptions(argv, {
    stack: { type: "string", short: "s" },
    state: { type: "string" },
    offline: { type: "boolean", default: false },
    format: { type: "string", default: "markdown" },
    output: { type: "string", short: "o" },
  });
  const { format, stack, state, output, offline } = values;
  if (format !== "markdown" && format !== "json") throw new UsageError(`--format ${format}: is none of markdown, json`);
  const settings = settingsOf(stack, place);
  const input = readInput(positionals);
  const found = await judgedOf({ stack, state, offline }, place);
  const unread = input.problems.map((problem) => `Not read: ${problemText(problem)}.`);
  const judged = { ...found, objects: [...input.objects, ...found.objects], unseen: [...found.unseen, ...unread] };
  const result = audit(judged, loadRules(), settings, place.today);
  const text = format === "json" ? `${JSON.stringify(result, null, 2)}\n` : auditPage(result);
  if (output !== undefined) writeFileSync(output, text);
  return {
    status: input.problems.length > 0 ? 2 : 0,
    out: output === undefined ? text : "",
    err: input.problems.map((problem) => `${problemText(problem)}\n`).join(""),
  };
}

/** Runs one command line. */
export async function run(argv: readonly string[], place: Place): Promise<Outcome> {
  try {
    return await report(argv, place);
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, out: "", err: `${error.message}\n\n${usage}` };
    if (error instanceof DataFileError) return { status: 2, out: "", err: `${error.message}\n` };
    throw error;
  }
}

export const command: Command = {
  name: "report",
  summary: "what the policies say of a stack, for an auditor",
  usage,
  run: async (args) => {
    const place = { root: process.cwd(), today: new Date().toISOString().slice(0, 10) };
    const { status, out, err } = await run(args, place);
    process.stderr.write(err);
    process.stdout.write(out);
    return status;
  },
};

if (require.main === module) main(command);
