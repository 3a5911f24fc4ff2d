import * as pulumi from "@pulumi/pulumi";
import type { LoadedConfig } from "../config/load";
import { originNotices, resolveCharts, type ChartSource, type ResolvedChart } from "./charts/chart";
import type { ClusterFacts } from "./cluster/facts";
import { CustomResourceDefinitions } from "./custom-resources";
import { mijnbureauValues } from "./handover/values";
import type { KeptSecrets } from "./installation";
import { createAll } from "./kubernetes-object";
import { SecureNamespace } from "./namespace/secure-namespace";
import { OperatorComponent, type WebhooksAnswer } from "./operators/frame/operator-component";
import { planPlatform, type PlatformPlan } from "./plan";

export interface PlatformArgs {
  readonly config: LoadedConfig;
  readonly facts: ClusterFacts;
  readonly folders: ChartFolders;
  readonly webhooksAnswer: WebhooksAnswer;
  readonly keptSecrets: KeptSecrets;
}

/** Where charts are, on the machine that runs the program. */
export type ChartFolders = Pick<ChartSource, "cacheRoot" | "standInRoot">;

interface Installation {
  readonly charts: ReadonlyMap<string, ResolvedChart>;
  readonly config: LoadedConfig;
  /** What every operator comes after. */
  readonly first: readonly pulumi.Resource[];
  readonly webhooksAnswer: WebhooksAnswer;
  readonly keptSecrets: KeptSecrets;
}

/** The root component: the order of everything. What is registered is decided by `planPlatform`. */
export class Platform extends pulumi.ComponentResource {
  readonly outputs: Record<string, unknown>;

  constructor(name: string, { config, facts, folders, ...given }: PlatformArgs, opts: pulumi.ComponentResourceOptions) {
    super("mijnbureau:platform:Platform", name, {}, opts);
    const child = { parent: this };
    const plan = planPlatform(config, facts, new Date().toISOString().slice(0, 10));
    const charts = chartsOf(plan, config, folders);
    for (const notice of [...originNotices(charts.values()), ...plan.notices]) void pulumi.log.warn(notice, this);

    const priorities = createAll(name, plan.priorityClasses, child);
    const crds = new CustomResourceDefinitions(`${name}:crds`, chartsWithCrds(plan, charts), facts, child);
    // The provider reads the API server's whole schema again after each new kind; what comes after waits for it once.
    const afterKinds = { ...child, dependsOn: [crds] };
    createAll(name, plan.guards, afterKinds);
    const suite = plan.suite.map((namespace) => new SecureNamespace(namespace.namespace, namespace, afterKinds));
    // Before the operators: on a standing cluster, one that is new may need an exemption to be let in.
    const rules = createAll(name, plan.rules, afterKinds);
    const first = [crds, ...priorities, ...suite, ...rules];
    const operators = this.installOperators(plan, { charts, config, first, ...given });
    const standing = operators.flatMap((operator) => [operator, ...operator.answered]);
    createAll(name, plan.pullSecrets, { ...child, dependsOn: standing });
    createAll(name, [...plan.clusterNetwork, ...plan.admission, ...plan.monitoring], {
      ...child,
      dependsOn: standing,
    });

    const escrow = pulumi.all(operators.map((operator) => operator.escrow));
    this.outputs = {
      ...outputsOf(plan, config, charts),
      // Values without which data is lost: keep a copy outside the cluster.
      escrow: pulumi.secret(escrow.apply((all) => Object.fromEntries(all.flatMap((values) => Object.entries(values))))),
    };
    this.registerOutputs({});
  }

  private installOperators(
    plan: PlatformPlan,
    { charts, config, first, webhooksAnswer, keptSecrets }: Installation,
  ): OperatorComponent[] {
    const installed = new Map<string, OperatorComponent>();
    for (const { plan: operator, after, namespaces } of plan.operators) {
      const needs = after
        .flatMap((need) => installed.get(need) ?? [])
        .flatMap((operator) => [operator, ...operator.answered]);
      const chart = operator.chart === undefined ? undefined : charts.get(operator.chart.entry);
      const component = new OperatorComponent(
        operator.operator,
        {
          plan: operator,
          namespaces,
          simulatedNodes: config.cluster.simulatedNodes,
          after: [...first, ...needs],
          webhooksAnswer,
          keptSecrets,
          ...(chart === undefined ? {} : { chartPath: chart.path }),
        },
        { parent: this },
      );
      installed.set(operator.operator, component);
    }
    return [...installed.values()];
  }
}

function chartsOf(plan: PlatformPlan, config: LoadedConfig, folders: ChartFolders): ReadonlyMap<string, ResolvedChart> {
  const entries = plan.operators.flatMap(({ plan: operator }) =>
    operator.chart === undefined ? [] : [operator.chart.entry],
  );
  return resolveCharts([...new Set([...entries, ...plan.crds])], {
    ...folders,
    environment: config.environment,
    allowUnverified: config.charts.allowUnverified,
  });
}

function chartsWithCrds(plan: PlatformPlan, charts: ReadonlyMap<string, ResolvedChart>): ResolvedChart[] {
  return plan.crds.flatMap((entry) => charts.get(entry) ?? []);
}

/** What the stack tells its users; `charts` are those that were found. */
export function outputsOf(
  plan: PlatformPlan,
  config: LoadedConfig,
  charts: ReadonlyMap<string, ResolvedChart>,
): Record<string, unknown> {
  return {
    namespaces: Object.fromEntries(plan.suite.map(({ app, namespace }) => [app, namespace])),
    operators: plan.operators.map(({ plan: operator }) => ({
      name: operator.operator,
      namespaces: operator.namespaces.map((namespace) => namespace.name),
      ...(operator.chart === undefined ? {} : { chart: chartLine(charts.get(operator.chart.entry)) }),
    })),
    mijnbureauValues: mijnbureauValues(config),
    auditPolicy: plan.auditPolicy,
  };
}

function chartLine(chart: ResolvedChart | undefined): string {
  return chart === undefined ? "" : `${chart.name} ${chart.version} (${chart.origin})`;
}
