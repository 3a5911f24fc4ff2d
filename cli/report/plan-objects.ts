import { loadAll } from "js-yaml";
import { resolveChart, type ChartSource, type ResolvedChart } from "../../components/charts/chart";
import { chartObject } from "../../components/operators/frame/chart-object";
import type { OperatorPlan } from "../../components/operators/frame/define";
import { managedLabels } from "../../components/namespace/labels";
import { namespaceManifest, type SecureNamespaceArgs } from "../../components/namespace/secure-namespace";
import { secretKeys } from "../../components/operators/frame/secrets";
import type { OperatorStep, PlatformPlan } from "../../components/plan";
import { UserError } from "../../lib/errors";
import { asObject, asString } from "../../lib/json";
import { readObject, readPart } from "../../policypack/engine/engine";
import type { StackObject } from "../../policypack/engine/stack";
import { helmTemplate } from "../charts/helm";

/** The objects of a stack's plan, and what of it could not be had. */
export interface PlannedObjects {
  readonly objects: readonly StackObject[];
  /** Full sentences. */
  readonly unseen: readonly string[];
}

/** What charts are rendered with. */
export interface Rendering {
  readonly source: ChartSource;
  /** Path of Helm; undefined where there is none. */
  readonly helm: string | undefined;
  readonly simulatedNodes: boolean;
}

/**
 * Everything that `pulumi up` would register, as objects: what the program makes itself, and what Helm renders of the
 * charts with the stack's values and patches. A chart that is not there is told, not passed over.
 */
export async function planObjects(plan: PlatformPlan, rendering: Rendering): Promise<PlannedObjects> {
  const charts = await inTurns(plan.operators, 4, (step) => chartObjects(step.plan, rendering));
  const own = [
    ...plan.priorityClasses,
    ...plan.guards,
    ...plan.suite.flatMap(namespaceObjects),
    ...plan.operators.flatMap(operatorObjects),
    ...plan.pullSecrets,
    ...plan.clusterNetwork,
    ...plan.admission,
    ...plan.monitoring,
    ...plan.rules,
  ];
  const namespaces = [...plan.suite, ...plan.operators.flatMap((step) => step.namespaces)];
  const unseen = charts.flatMap(({ problem }) => problem ?? []);
  return {
    objects: [
      ...[...own, ...charts.flatMap(({ objects }) => objects)].flatMap((object) => readObject(object) ?? []),
      ...namespaces.flatMap(({ namespace }) => readPart(defaultAccount(namespace)) ?? []),
    ],
    unseen,
  };
}

function namespaceObjects(args: SecureNamespaceArgs): readonly unknown[] {
  return [namespaceManifest(args), ...args.networkPolicies, ...(args.objects ?? []), ...args.limits];
}

function operatorObjects({ plan, namespaces }: OperatorStep): readonly unknown[] {
  return [...namespaces.flatMap(namespaceObjects), ...plan.before, ...drawnSecrets(plan), ...plan.after];
}

/** Secrets that Pulumi draws. Their values are in the state alone; that they are written by the program is what is judged. */
function drawnSecrets({ secrets }: OperatorPlan): readonly unknown[] {
  return secrets.flatMap((source) =>
    source.from === "random"
      ? {
          apiVersion: "v1",
          kind: "Secret",
          type: "Opaque",
          metadata: { name: source.name, namespace: source.namespace, labels: managedLabels },
          stringData: Object.fromEntries(secretKeys(source).map((key) => [key, "drawn by Pulumi"])),
        }
      : [],
  );
}

/** What the program changes of the account that each namespace has by itself (secure-namespace.ts). */
const defaultAccount = (namespace: string) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "default", namespace },
  automountServiceAccountToken: false,
});

interface ChartObjects {
  readonly objects: readonly unknown[];
  readonly problem?: string;
}

async function chartObjects(plan: OperatorPlan, { source, helm, simulatedNodes }: Rendering): Promise<ChartObjects> {
  if (plan.chart === undefined) return { objects: [] };
  const { entry, release, namespace, values } = plan.chart;
  const missing = (why: string): ChartObjects => ({
    objects: [],
    problem: `The objects of operator ${plan.operator} were not judged: ${why}.`,
  });
  const chart = found(entry, source);
  if (typeof chart === "string") return missing(chart);
  if (helm === undefined)
    return missing("Helm is not on the PATH and not in the toolchain's cache (npm run toolchain)");
  try {
    const text = await helmTemplate({ helm, chart: chart.path, release, namespace, values: JSON.stringify(values) });
    const objects = loadAll(text)
      .map(asObject)
      .filter((object) => object !== undefined)
      .filter((object) => !isHook(object))
      .map((object) => {
        const type = `kubernetes:${asString(object["apiVersion"]) ?? ""}:${asString(object["kind"]) ?? ""}`;
        return chartObject({ type, props: { ...object } }, plan, simulatedNodes)?.props ?? object;
      });
    const problem =
      chart.origin === "stand-in"
        ? `STAND-IN: operator ${plan.operator} was judged by a stand-in of its chart.`
        : undefined;
    return { objects, ...(problem !== undefined && { problem }) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return missing(error.message);
  }
}

/** The chart, or why it cannot be had. Judging one whose origin is not proven harms nobody. */
function found(entry: string, source: ChartSource): ResolvedChart | string {
  try {
    return resolveChart(entry, { ...source, allowUnverified: true });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replace(/\.$/, "");
  }
}

/** Hooks of Helm never run here. */
function isHook(object: Readonly<Record<string, unknown>>): boolean {
  return asObject(asObject(object["metadata"])?.["annotations"])?.["helm.sh/hook"] !== undefined;
}

/** Results in the order of the inputs, a few at a time: each is a process of its own. */
async function inTurns<T, R>(inputs: readonly T[], atOnce: number, work: (input: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = [...inputs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.set(next[0], await work(next[1]));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return inputs.flatMap((_, index) => results.get(index) ?? []);
}
