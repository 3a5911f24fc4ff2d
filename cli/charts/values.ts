import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { cacheEntry, inspectCache } from "../../components/charts/cache";
import { lockedChart } from "../../components/charts/lock";
import {
  keyText,
  leafKeys,
  parseRecord,
  unrecordedKeys,
  valuesKeys,
  type ValuesKeys,
} from "../../components/charts/values-keys";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { scanOperators } from "../../components/operators/frame/registry";
import { capabilities, type Facts } from "../../components/operators/frame/facts";
import { projectRoot } from "../../embedded/toolchain";
import type { CommandContext } from "./commands";
import { ChartsError } from "./error";
import { helmRender, keyEffects, type ValueSubject } from "./key-effects";
import { stackKeys } from "../../components/stack-file";

/** A cluster on which every branch of every operator's values is taken that a cluster can have. */
export const referenceFacts: Facts = {
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
  runbooks: "docs/runbooks",
  storageClass: "platform-encrypted",
  ingressNamespace: "traefik",
  ingressPodLabels: { "app.kubernetes.io/name": "traefik" },
  edgeController: "traefik",
  apps: [],
  deployerGroups: [],
  outside: [],
  operatorNamespaces: ["monitoring"],
  capabilities: new Set(capabilities),
  present: { crds: new Set(), apiServices: new Set() },
};

/**
 * What each operator with a chart comes down to on the reference cluster, with the settings of the development stack.
 *
 * @throws {ChartsError} if a setting is wrong.
 */
export function referencePlans(folder: string): OperatorPlan[] {
  const settings = z.record(z.string(), z.unknown()).parse(stackKeys(folder, "dev")["operators"] ?? {});
  return scanOperators().flatMap((operator) => {
    const own = operator.schema.safeParse(settings[operator.name] ?? {});
    if (!own.success) {
      throw new ChartsError(`Pulumi.dev.yaml: operators.${operator.name}: ${z.prettifyError(own.error)}`);
    }
    const plan = operator.plan(referenceFacts, own.data);
    return plan.chart === undefined ? [] : [plan];
  });
}

/** The values that each operator gives its chart. */
export function valueSubjects(folder: string): ValueSubject[] {
  const inertKeys = new Map(scanOperators().map(({ name, chart }) => [name, chart?.inertKeys ?? {}]));
  return referencePlans(folder).flatMap(({ operator, chart }) => {
    if (chart === undefined) return [];
    const { entry, release, namespace, values } = chart;
    return [{ operator, chart: entry, release, namespace, values, inert: inertKeys.get(operator) ?? {} }];
  });
}

/** How the values keys are checked. */
export interface ValuesOptions {
  /** Record what was seen in components/charts/recorded-keys.json. */
  readonly write: boolean;
  /** Only keys of which no effect is on record for the pinned version. */
  readonly onlyNew: boolean;
}

/**
 * Checks that each values key that an operator sets has an effect in its chart: live where the chart is in the cache,
 * else against what was recorded.
 *
 * @returns false if a key has no effect.
 */
export async function valuesCommand(context: CommandContext, options: ValuesOptions): Promise<boolean> {
  const root = projectRoot();
  const charts = new Set(context.charts.map(({ name }) => name));
  const problems: string[] = [];
  for (const subject of valueSubjects(root).filter(({ chart }) => charts.has(chart))) {
    const chart = lockedChart(subject.chart);
    const label = `${chart.name} ${chart.version}`;
    const { state } = inspectCache(context.cacheRoot, chart);
    if (state === "missing" || state === "damaged") {
      context.print(
        `${subject.operator}: ${label} is ${state} in the cache: compared with the record, live run skipped`,
      );
      problems.push(...unrecordedKeys(subject, label));
      continue;
    }
    const render = helmRender(await context.helm(), cacheEntry(context.cacheRoot, chart).directory, subject);
    const known = options.onlyNew ? knownEffects(subject, label) : {};
    const keys = leafKeys(subject.values).filter((key) => known[keyText(key)] === undefined);
    const seen = await keyEffects(subject.values, render, keys);
    const effects = { ...known, ...seen.effects };
    context.print(
      `${subject.operator}: ${label}: ${Object.keys(effects).length} keys have an effect, ${seen.dead.length} have none`,
    );
    const inert = subject.inert;
    problems.push(
      ...seen.dead
        .filter((key) => inert[key] === undefined)
        .map(
          (key) => `operator ${subject.operator}: values key ${key} changes nothing in ${label}; correct or remove it`,
        ),
    );
    if (options.write) record(root, subject.operator, { chart: label, keys: sorted(effects) });
  }
  for (const problem of problems) context.print(problem);
  return problems.length === 0;
}

/** Effects on record of keys that are still set, seen with this version of the chart. */
function knownEffects(subject: ValueSubject, label: string): Readonly<Record<string, string>> {
  const known = valuesKeys[subject.operator];
  if (known?.chart !== label) return {};
  const set = new Set(leafKeys(subject.values).map(keyText));
  return Object.fromEntries(Object.entries(known.keys).filter(([key]) => set.has(key)));
}

/** After each operator: a run takes minutes, and one that is stopped keeps what it saw. */
function record(root: string, operator: string, seen: ValuesKeys[string]): void {
  const file = path.join(root, "components", "charts", "recorded-keys.json");
  const recorded = parseRecord(JSON.parse(fs.readFileSync(file, "utf8")));
  fs.writeFileSync(file, `${JSON.stringify(sorted({ ...recorded, [operator]: seen }), null, 2)}\n`);
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
