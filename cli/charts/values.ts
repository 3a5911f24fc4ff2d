import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { cacheEntry, inspectCache } from "../../components/charts/cache";
import { lockedChart } from "../../components/charts/lock";
import { unrecordedKeys, valuesKeys, type ValuesKeys } from "../../components/charts/values-keys";
import { scanOperators } from "../../components/operators/index";
import { capabilities, type Facts } from "../../components/operators/lib/facts";
import { projectRoot } from "../../embedded/toolchain";
import type { CommandContext } from "./commands";
import { ChartsError } from "./error";
import { helmRender, keyEffects, type ValueSubject } from "./key-effects";
import { stackKeys } from "./stack-file";

/** A cluster on which every branch of every operator's values is taken that a cluster can have. */
const referenceFacts: Facts = {
  environment: "prod",
  region: "nl-west",
  backupRegion: "nl-north",
  zones: ["nl-west-a", "nl-west-b", "nl-west-c"],
  owner: "platform-team",
  domain: "mijnbureau.example",
  cluster: {
    distribution: "kubernetes",
    managedControlPlane: false,
    domain: "cluster.local",
    appArmor: true,
    simulatedNodes: false,
  },
  images: { mirror: "registry.example.nl/mirror", pullSecret: "registry" },
  monitoringNamespace: "monitoring",
  storageClass: "platform-encrypted",
  ingressNamespace: "traefik",
  apps: [],
  capabilities: new Set(capabilities),
  present: { crds: new Set(), apiServices: new Set() },
};

/** The values that each operator gives its chart, with the settings of the development stack. */
export function valueSubjects(folder: string): ValueSubject[] {
  const settings = z.record(z.string(), z.unknown()).parse(stackKeys(folder, "dev")["operators"] ?? {});
  return scanOperators().flatMap((operator) => {
    const own = operator.schema.safeParse(settings[operator.name] ?? {});
    if (!own.success)
      throw new ChartsError(`Pulumi.dev.yaml: operators.${operator.name}: ${z.prettifyError(own.error)}`);
    const { chart } = operator.plan(referenceFacts, own.data);
    if (chart === undefined) return [];
    const { entry, release, namespace, values } = chart;
    return [{ operator: operator.name, chart: entry, release, namespace, values }];
  });
}

/**
 * Checks that each values key that an operator sets has an effect in its chart: live where the chart is in the cache,
 * else against what was recorded.
 *
 * @param write records what was seen in components/charts/values-keys.json.
 * @returns false if a key has no effect.
 */
export async function valuesCommand(context: CommandContext, write: boolean): Promise<boolean> {
  const root = projectRoot();
  const charts = new Set(context.charts.map(({ name }) => name));
  const seen: Record<string, ValuesKeys[string]> = {};
  const problems: string[] = [];
  for (const subject of valueSubjects(root).filter(({ chart }) => charts.has(chart))) {
    const chart = lockedChart(subject.chart);
    const label = `${chart.name} ${chart.version}`;
    const { state } = inspectCache(context.cacheRoot, chart);
    if (state === "missing" || state === "damaged") {
      context.print(
        `${subject.operator}: ${label} is ${state} in the cache: compared with the record, live run skipped`,
      );
      problems.push(...unrecordedKeys(subject.operator, label, subject.values));
      continue;
    }
    const folder = cacheEntry(context.cacheRoot, chart).directory;
    const { effects, dead } = await keyEffects(subject.values, helmRender(await context.helm(), folder, subject));
    context.print(
      `${subject.operator}: ${label}: ${Object.keys(effects).length} keys have an effect, ${dead.length} have none`,
    );
    problems.push(
      ...dead.map(
        (key) => `operator ${subject.operator}: values key ${key} changes nothing in ${label}; correct or remove it`,
      ),
    );
    seen[subject.operator] = { chart: label, keys: effects };
  }
  if (write) record(root, seen);
  for (const problem of problems) context.print(problem);
  return problems.length === 0;
}

function record(root: string, seen: ValuesKeys): void {
  const file = path.join(root, "components", "charts", "values-keys.json");
  const all = Object.entries({ ...valuesKeys, ...seen }).sort(([a], [b]) => (a < b ? -1 : 1));
  fs.writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}
