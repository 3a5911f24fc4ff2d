import { execFileSync } from "node:child_process";
import * as os from "node:os";
import { parseAllDocuments } from "yaml";
import { chartCacheRoot, cacheEntry } from "../../../components/charts/cache";
import { chartLock, lockedChart } from "../../../components/charts/lock";
import type { OperatorPlan } from "../../../components/operators/frame/define";
import { mergeObject } from "../../../components/operators/frame/normalise";

export type Fields = Record<string, unknown>;

export const cache = chartCacheRoot(process.env, os.homedir());

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const at = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>((inner, name) => fields(inner)[name], value);
export const nameOf = (object: unknown): string =>
  `${String(at(object, "kind"))}/${String(at(object, "metadata", "name"))}`;

export const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"]);
export const podOf = (object: unknown): unknown =>
  at(object, "kind") === "CronJob"
    ? at(object, "spec", "jobTemplate", "spec", "template")
    : at(object, "spec", "template");
export const containersOf = (object: unknown): readonly unknown[] => [
  ...list(at(podOf(object), "spec", "initContainers")),
  ...list(at(podOf(object), "spec", "containers")),
];

/** What the stack registers of a chart: rendered by Helm without hooks and CRDs, then patched. */
export function render(binary: string, plan: OperatorPlan): unknown[] {
  if (plan.chart === undefined) return [];
  const { entry, release, namespace, values } = plan.chart;
  const { directory } = cacheEntry(cache, lockedChart(entry, chartLock));
  const output = execFileSync(
    binary,
    [
      "template",
      release,
      directory,
      "--namespace",
      namespace,
      "--values",
      "-",
      "--kube-version",
      "1.36.0",
      "--no-hooks",
      "--skip-crds",
    ],
    { input: JSON.stringify(values), encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["pipe", "pipe", "ignore"] },
  );
  return parseAllDocuments(output, { logLevel: "silent" })
    .map((document) => {
      const object: unknown = document.toJS({ maxAliasCount: -1 });
      return object;
    })
    .filter((object) => object !== null && object !== undefined)
    .map((object) =>
      plan.patches
        .filter(
          ({ kind, name }) =>
            kind === at(object, "kind") && (name === undefined || name === at(object, "metadata", "name")),
        )
        .reduce<Fields>((patched, { patch }) => mergeObject(patched, patch), fields(object)),
    );
}

/** Lock entries of the plans' charts. */
export function chartsOf(plans: readonly OperatorPlan[]): string[] {
  return plans.flatMap(({ chart }) => chart?.entry ?? []);
}
