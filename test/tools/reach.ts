/** `npm run reach`: records the rights that the pinned charts ask for. With `--check` it only tells what differs. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { parseManifests } from "../../cli/verify/documents";
import { chartCacheRoot } from "../../components/charts/cache";
import { resolveChart } from "../../components/charts/chart";
import { lockedChart, chartLock } from "../../components/charts/lock";
import { kyvernoRights } from "../../components/admission/kyverno/rights";
import type { OperatorChart, OperatorPlan } from "../../components/operators/frame/define";
import { mergeObject } from "../../components/operators/frame/normalise";
import { planOperators } from "../../components/operators/frame/stack";
import { reachOf, type Reach, type RbacObject } from "../../components/reach/derive";
import { reachPage } from "../../components/reach/page";
import { ensureTools, projectRoot, TOOLS } from "../../embedded/toolchain";
import { everything, facts } from "../components/operators/support";

const SPO = "security-profiles-operator";
const file = join(projectRoot(), "components", "reach", "recorded-rights.json");

const KINDS = new Set(["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]);
const object = z.looseObject({
  kind: z.string(),
  metadata: z.strictObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
});
const recordSchema = z.record(z.string(), z.strictObject({ chart: z.string(), objects: z.array(object) }));
export type Recorded = z.infer<typeof recordSchema>;

/** A stack with every operator and option; SPO on or off, because it widens what others can reach. */
export const plansOf = (profiles: boolean): OperatorPlan[] =>
  planOperators({ ...everything, [SPO]: { enabled: profiles } }, facts).map(({ plan }) => plan);

/** Roles and bindings of a chart as it renders them, without what changes from version to version and grants nothing. */
export function rightsOfChart(helm: string, { entry, release, namespace, values }: OperatorChart): RbacObject[] {
  const { path } = resolveChart(entry, {
    cacheRoot: chartCacheRoot(process.env, homedir()),
    standInRoot: join(projectRoot(), "test", "charts"),
    environment: "dev",
    allowUnverified: true,
  });
  const args = ["template", release, path, "--namespace", namespace, "--values", "-", "--no-hooks", "--skip-crds"];
  const text = execFileSync(helm, [...args, "--kube-version", TOOLS["kube-apiserver"].version], {
    input: JSON.stringify(values),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["pipe", "pipe", "ignore"],
  });
  return parseManifests(text, entry)
    .documents.map((document) => document.object)
    .filter(({ kind }) => KINDS.has(kind))
    .map(({ kind, metadata, ...rest }) => {
      const labels = Object.entries(metadata.labels ?? {}).filter(
        ([key]) => key.includes("aggregate-to") || /kubernetes.io\/(component|instance|part-of)$/.test(key),
      );
      const kept = Object.entries(rest).filter(([key]) =>
        ["rules", "roleRef", "subjects", "aggregationRule"].includes(key),
      );
      return {
        kind,
        metadata: {
          name: metadata.name ?? "",
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
          ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
        },
        ...Object.fromEntries(kept),
      };
    })
    .sort((a, b) => `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`));
}

const chartText = (entry: string): string => `${entry} ${lockedChart(entry, chartLock).version}`;

/** The rights of every chart of the stack, by operator. */
export function renderedRights(helm: string, plans: readonly OperatorPlan[] = plansOf(true)): Recorded {
  return recordSchema.parse(
    Object.fromEntries(
      plans.flatMap(({ operator, chart }) =>
        chart === undefined ? [] : [[operator, { chart: chartText(chart.entry), objects: rightsOfChart(helm, chart) }]],
      ),
    ),
  );
}

export const recordedRights = (): Recorded => recordSchema.parse(JSON.parse(readFileSync(file, "utf8")));

/** Roles and bindings of a stack as they are registered. */
export function registered(plans: readonly OperatorPlan[], recorded: Recorded): RbacObject[] {
  const charts = plans.flatMap(({ operator, patches }) =>
    (recorded[operator]?.objects ?? []).map((each): RbacObject => {
      const fitting = patches.filter(
        ({ kind, name }) => kind === each.kind && (name === undefined || name === each.metadata.name),
      );
      const changed = fitting.reduce<Record<string, unknown>>((made, { patch }) => mergeObject(made, patch), each);
      return { ...each, ...changed, kind: each.kind, metadata: plain(each.metadata) };
    }),
  );
  const own = plans.flatMap(({ before, after }) => [...before, ...after]).filter(({ kind }) => KINDS.has(kind));
  return [...charts, ...own, ...kyvernoRights];
}

const plain = ({ name, namespace, labels }: z.infer<typeof object>["metadata"]): RbacObject["metadata"] => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  ...(labels === undefined ? {} : { labels }),
});

export function reachOfStack(plans: readonly OperatorPlan[], recorded: Recorded): Reach[] {
  return reachOf({
    objects: registered(plans, recorded),
    accounts: plans.flatMap(({ accounts }) => accounts),
    delegations: plans.flatMap(({ delegations }) => delegations),
  });
}

/** docs/reach.md. */
export function reachDocument(recorded: Recorded = recordedRights()): string {
  const plans = plansOf(false);
  const reaches = reachOfStack(plans, recorded);
  const withProfiles = plansOf(true);
  const text = new Set(reaches.map((reach) => JSON.stringify(reach)));
  const also = reachOfStack(withProfiles, recorded).filter((reach) => !text.has(JSON.stringify(reach)));
  return reachPage(
    reaches,
    withProfiles.flatMap(({ accounts }) => accounts),
    also,
  );
}

async function main(): Promise<void> {
  const { helm } = await ensureTools(["helm"], { onProgress: console.error });
  const now = renderedRights(helm);
  if (!process.argv.includes("--check")) {
    writeFileSync(file, `${JSON.stringify(now, undefined, 1)}\n`);
    console.log(`components/reach/recorded-rights.json: ${Object.keys(now).length} charts; now npm run docs`);
    return;
  }
  const old = recordedRights();
  const differing = Object.keys({ ...old, ...now }).filter(
    (operator) => JSON.stringify(old[operator]) !== JSON.stringify(now[operator]),
  );
  for (const operator of differing)
    console.error(`rights of ${operator}'s chart are not what is on record; npm run reach`);
  process.exitCode = differing.length === 0 ? 0 : 1;
}

if (require.main === module) void main();
