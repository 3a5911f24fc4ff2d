import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { stackConfig, stackKeys } from "../../components/stack-file";
import type { ResolvedChart } from "../../components/charts/chart";
import { chartLock } from "../../components/charts/lock";
import type { ClusterFacts } from "../../components/cluster/facts";
import { expectationsOf } from "../../components/expectations";
import { managedLabels } from "../../components/namespace/labels";
import { namespaceManifest } from "../../components/namespace/secure-namespace";
import { planPlatform, type PlatformPlan } from "../../components/plan";
import { outputsOf } from "../../components/platform";
import { effectivePolicies } from "../../components/policies";
import type { LoadedConfig } from "../../config/load";
import { parseConfig } from "../../components/settings";
import { variants } from "./variants";

export const root = path.join(__dirname, "../..");

/** The stack whose snapshot is whole; of the others only the difference to it is kept. */
export const BASE = "prod-nl-north";

/** The day on which the snapshots are taken: exemptions expire, and no test may begin to fail by itself. */
export const DAY = "2026-11-22";

/** A cluster with nothing on it yet and the admission that the newest Kubernetes offers. */
export const emptyCluster: ClusterFacts = {
  version: "v1.36.3",
  customResources: new Map(),
  apiServices: new Map(),
  namespaces: new Map(),
  nodes: [],
  daemonSets: ["cilium"],
  admissionResources: [
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
  ],
};

/** Everything that a stack comes down to: its plan, and what else is computed from its configuration. */
export interface Whole {
  readonly plan: PlatformPlan;
  /** The Namespace objects, whose labels are made as they are registered. */
  readonly namespaces: readonly unknown[];
  /** Labels of every object; the other files only say that they are there. */
  readonly labels: unknown;
  /** Values for MijnBureau's helmfile. */
  readonly handover: unknown;
  readonly outputs: unknown;
  /** Settings of the policy pack at preview. */
  readonly policies: unknown;
  /** What preflight asks of the cluster. */
  readonly expectations: unknown;
}

/** The stacks of the project's folder and the variants, the one that is kept whole first. */
export function stackNames(): string[] {
  const names = fs.readdirSync(root).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  const examples = exampleNames().map((name) => `${EXAMPLE}${name}`);
  return [BASE, ...[...names, ...examples, ...Object.keys(variants)].filter((name) => name !== BASE).sort()];
}

/** Needs neither cluster nor chart cache; the day is given, and the clock is not asked. */
export function wholeOf(stack: string): Whole {
  return wholeFrom(configOf(stack));
}

/** The same for a configuration that no file describes. */
export function wholeFrom(config: LoadedConfig, cluster = emptyCluster): Whole {
  const plan = planPlatform(config, cluster, DAY);
  const { mijnbureauValues: handover, auditPolicy, ...outputs } = outputsOf(plan, config, lockedCharts());
  assert.equal(auditPolicy, plan.auditPolicy);
  const operators = plan.operators.map(({ plan: operator }) => operator);
  return {
    plan,
    namespaces: [...plan.suite, ...plan.operators.flatMap(({ namespaces }) => namespaces)].map(namespaceManifest),
    labels: managedLabels,
    handover,
    outputs,
    policies: effectivePolicies(config, operators),
    expectations: expectationsOf(config, cluster),
  };
}

const EXAMPLE = "example-";

/** Stacks of the folder examples/, one per kind of cluster that organisations have. */
export function exampleNames(): string[] {
  return fs.readdirSync(path.join(root, "examples")).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
}

export function configOf(stack: string): LoadedConfig {
  if (stack.startsWith(EXAMPLE)) return stackConfig(path.join(root, "examples"), stack.slice(EXAMPLE.length));
  const change = variants[stack];
  return change === undefined ? stackConfig(root, stack) : parseConfig(change(stackKeys(root, BASE)));
}

/** Every chart of the lock as if it were in the cache. */
function lockedCharts(): ReadonlyMap<string, ResolvedChart> {
  return new Map(
    [...chartLock].map(([name, { version }]) => [name, { name, version, path: "", origin: "verified" as const }]),
  );
}
