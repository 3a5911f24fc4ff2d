import { z } from "zod";
import type { ChartFacts } from "../../charts/facts";
import type { Mutation } from "../../admission/mutations/mutation";
import { exemptRights, type NeededExemption } from "../../exemptions";
import type { Manifest } from "../../kubernetes-object";
import type { AlertGroup } from "../../monitoring/alert";
import type { Dashboard } from "../../monitoring/dashboards/dashboard";
import type { MetricSource } from "../../monitoring/sources";
import type { PodSecurityLevel } from "../../namespace/labels";
import type { Flow } from "../../../suite/flow";
import { cutPatches, delegatedRole, type Account, type AdmittedPod, type Delegation, type RoleCut } from "./accounts";
import { managedLabels } from "../../namespace/labels";
import type { Capability, Facts } from "./facts";
import type { JsonObject } from "./manifest";
import { overlaidObject, overlaidValues, overlayProblems, overlaySettings, type Overlay } from "./overlay";
import type { ChartPatch, ControllerOwned } from "./patch";
import type { LimitedRoutes } from "./routes";
import type { SecretSource } from "./secrets";
import type { WebhookProbe } from "./webhooks";

/** Why not more: which workload needs what. Without Pod Security, admission goes by the pods that are named. */
export type NamespacePodSecurity =
  | { readonly level: Exclude<PodSecurityLevel, "privileged">; readonly reason: string }
  | { readonly level: "privileged"; readonly reason: string; readonly admits: readonly AdmittedPod[] };

/** A namespace that an operator owns. */
export interface OperatorNamespace {
  readonly name: string;
  readonly podSecurity: NamespacePodSecurity;
  /** The namespace outlives the stack: deleting it would delete data that users or auditors need. */
  readonly holdsData?: boolean;
  /** Most claims in it; absent: 50. */
  readonly claims?: number;
}

/** A Helm release of the operator. */
export interface OperatorChart {
  /** Entry of charts.lock.json. */
  readonly entry: string;
  readonly release: string;
  readonly namespace: string;
  readonly values: JsonObject;
}

/** A DaemonSet or Job that may run on control-plane nodes. */
export interface HostAgent {
  readonly namespace: string;
  readonly workload: string;
  readonly reason: string;
}

/** A monitor that the operator's chart or objects bring, so that others know what is scraped. */
export interface Monitor {
  readonly kind: "ServiceMonitor" | "PodMonitor";
  readonly namespace: string;
  /** Label `app.kubernetes.io/name` of what is scraped, for alerts and dashboards. */
  readonly scrapes: string;
  readonly port: number;
}

/** Everything an operator comes down to for one stack: plain data, no resources yet. */
export interface OperatorPlan {
  readonly operator: string;
  readonly namespaces: readonly OperatorNamespace[];
  /** Lock entries whose CRDs are installed, before any chart of any operator. */
  readonly crds: readonly string[];
  /** Secrets that its pods read, each with where it comes from. */
  readonly secrets: readonly SecretSource[];
  /** Of those, the ones that somebody has to make by hand, because nothing in the stack can. */
  readonly secretsToSupply: readonly SecretSource[];
  /** Objects that the chart's pods wait for. */
  readonly before: readonly Manifest[];
  readonly chart?: OperatorChart;
  /** Objects of the operator's own kinds, once it runs. */
  readonly after: readonly Manifest[];
  readonly flows: readonly Flow[];
  readonly monitors: readonly Monitor[];
  readonly sources: readonly MetricSource[];
  /** Its admission webhooks; objects of their kinds come after they answer. */
  readonly webhooks: readonly WebhookProbe[];
  readonly hostAgents: readonly HostAgent[];
  readonly controllerOwned: readonly ControllerOwned[];
  readonly patches: readonly ChartPatch[];
  /** What the stack changes of its workloads. */
  readonly overlay: Overlay;
  /** The cluster gives each namespace its users and groups: pods name none (OpenShift). */
  readonly userRanges: boolean;
  /** Private authorities that its containers trust. */
  readonly trust?: string;
  /** Roles of the chart that get our rules; the patches hold them too. */
  readonly cuts: readonly RoleCut[];
  /** Its ServiceAccounts with rights. */
  readonly accounts: readonly Account[];
  readonly delegations: readonly Delegation[];
  readonly exemptions: readonly NeededExemption[];
  /** Images that the operator starts at run time: in no rendered object, but needed in a mirror. */
  readonly runtimeImages: readonly string[];
  /** Runs without AppArmor's default profile. */
  readonly unconfined: boolean;
}

/** What an operator's functions are given: the stack's facts and its own settings, validated. */
export interface Context<S> {
  readonly facts: Facts;
  readonly settings: S;
  /** For what the operator makes at run time; workloads and objects get it by themselves. */
  readonly overlay: Overlay;
}

/** Present already in many clusters; installed only where it is not. */
export interface Prerequisite {
  readonly crds?: readonly string[];
  readonly apiServices?: readonly string[];
  /** What asks for it; absent: every stack does. */
  readonly wanted?: (apps: Facts["apps"]) => boolean;
}

type SettingsContext<Shape extends z.ZodRawShape> = Context<z.infer<z.ZodObject<Shape>>>;

/** What one folder says about its operator. Functions are pure: same context, same result. */
export interface OperatorSpec<Shape extends z.ZodRawShape> {
  /** Same as the folder's name. */
  readonly name: string;
  /** One sentence for docs/operators. */
  readonly title: string;
  readonly namespaces?: readonly OperatorNamespace[] | ((ctx: SettingsContext<Shape>) => OperatorNamespace[]);
  /** What it counts on and the stack cannot do: for the generated page of docs/operators. */
  readonly duties?: readonly string[];
  /** Without a key of its own in the stack file: on or off. */
  readonly enabledByDefault: boolean;
  /** Makes the switch `install: auto | always | never` instead of `enabled`. */
  readonly prerequisite?: Prerequisite;
  readonly settings: Shape;
  readonly alerts?: readonly AlertGroup[];
  readonly dashboards?: readonly Dashboard[];
  /** What it has Prometheus read that not every stack has. */
  readonly sources?: (ctx: SettingsContext<Shape>) => MetricSource[];
  /** What is wrong with the settings in this stack, as sentences that begin with the key. */
  readonly problems?: (ctx: SettingsContext<Shape>) => string[];
  /** Installed after these, where they are installed. */
  readonly needs: readonly string[];
  /** Cannot work without these. */
  readonly requires?: readonly Capability[];
  readonly provides?: readonly Capability[];
  readonly chart?: ChartFacts & { readonly release: string };
  /** Charts of which only the CRDs are taken, besides those of its own. */
  readonly crdCharts?: readonly ChartFacts[];
  /** Lock entries whose CRDs are installed; default: the chart's own, where it has any. */
  readonly crds?: readonly string[];
  readonly values?: (ctx: SettingsContext<Shape>) => JsonObject;
  readonly secrets?: (ctx: SettingsContext<Shape>) => SecretSource[];
  readonly before?: (ctx: SettingsContext<Shape>) => Manifest[];
  readonly objects?: (ctx: SettingsContext<Shape>) => Manifest[];
  readonly flows?: (ctx: SettingsContext<Shape>) => Flow[];
  readonly monitors?: (ctx: SettingsContext<Shape>) => Monitor[];
  readonly webhooks?: (ctx: SettingsContext<Shape>) => WebhookProbe[];
  readonly hostAgents?: (ctx: SettingsContext<Shape>) => HostAgent[];
  readonly runtimeImages?: (ctx: SettingsContext<Shape>) => string[];
  /** What it does for the public routes of the suite; one operator of a stack at most. */
  readonly routes?: (ctx: SettingsContext<Shape>) => LimitedRoutes;
  /** AppArmor profiles that it loads into the nodes, by the namespace whose pods admission puts under them. */
  readonly appArmorProfiles?: (ctx: SettingsContext<Shape>) => ReadonlyMap<string, string>;
  /** What admission changes for it, where upstream has no value for that. */
  readonly mutations?: (ctx: SettingsContext<Shape>) => readonly Mutation[];
  /** Annotations that the suite puts on every Ingress: part of the values that it is handed. */
  readonly ingressAnnotations?: (ctx: SettingsContext<Shape>) => Readonly<Record<string, string>>;
  /** Its whole work is what AppArmor's default profile denies; the reason is a comment beside it. */
  readonly unconfined?: boolean;
  readonly controllerOwned?: readonly ControllerOwned[];
  readonly exemptions?: (ctx: SettingsContext<Shape>) => NeededExemption[];
  readonly patches?: (ctx: SettingsContext<Shape>) => ChartPatch[];
  readonly cuts?: (ctx: SettingsContext<Shape>) => RoleCut[];
  readonly accounts?: (ctx: SettingsContext<Shape>) => Account[];
  readonly delegations?: (ctx: SettingsContext<Shape>) => Delegation[];
}

/** One operator as the rest of the program sees it. */
export interface Operator {
  readonly name: string;
  readonly title: string;
  /** What it counts on and the stack cannot do. */
  readonly duties: readonly string[];
  readonly needs: readonly string[];
  readonly requires: readonly Capability[];
  readonly provides: readonly Capability[];
  readonly prerequisite: Prerequisite | undefined;
  readonly chart: ChartFacts | undefined;
  readonly alerts: readonly AlertGroup[];
  readonly dashboards: readonly Dashboard[];
  /** Settings below `operators.<name>` of the stack file. What is required is required only where the operator is on. */
  readonly schema: z.ZodType;
  /** The keys themselves, for the generated documentation. */
  readonly keys: z.ZodObject;
  /** Charts of which only the CRDs are taken. */
  readonly crdCharts: readonly ChartFacts[];
  /** Whether the stack installs it, given what the cluster has and which apps there are. */
  installed(settings: unknown, present: Facts["present"], apps?: Facts["apps"]): boolean;
  /** Settings that are valid by themselves and wrong in this stack. */
  problems(facts: Facts, settings: unknown): string[];
  /** Names of its namespaces, which cannot depend on those of others. */
  namespaces(facts: Facts, settings: unknown): string[];
  plan(facts: Facts, settings: unknown): OperatorPlan;
  routes(facts: Facts, settings: unknown): LimitedRoutes | undefined;
  appArmorProfiles(facts: Facts, settings: unknown): ReadonlyMap<string, string>;
  mutations(facts: Facts, settings: unknown): readonly Mutation[];
  ingressAnnotations(facts: Facts, settings: unknown): Readonly<Record<string, string>>;
}

const installModes = ["auto", "always", "never"] as const;

const switchSchema = z.looseObject({ enabled: z.boolean().optional(), install: z.enum(installModes).optional() });

interface Switched {
  readonly enabledByDefault: boolean;
  readonly prerequisite?: Prerequisite;
  readonly settings: z.ZodRawShape;
}

const overlay = overlaySettings.prefault({}).describe("What the stack changes of its workloads.");
const overlayOf = (settings: unknown): Overlay => z.looseObject({ overlay }).parse(settings).overlay;

function withSwitch(spec: Switched): z.ZodObject {
  if (spec.prerequisite === undefined) {
    const enabled = z
      .boolean()
      .default(spec.enabledByDefault)
      .describe("False: nothing of this operator is installed.");
    return z.strictObject({ enabled, ...spec.settings, overlay });
  }
  const install = z
    .enum(installModes)
    .default(spec.enabledByDefault ? "auto" : "never")
    .describe("`auto`: only where the cluster has none, seen by its CRDs and APIServices.");
  return z.strictObject({ install, ...spec.settings, overlay });
}

/** As `keys`, but with nothing required of an operator that is off. */
function settingsSchema(spec: Switched, keys: z.ZodObject): z.ZodType {
  if (spec.prerequisite !== undefined) return keys;
  const on = keys.extend({ enabled: z.literal(true) });
  const off = keys.partial().extend({ enabled: z.literal(false) });
  const defaulted = (input: unknown): unknown =>
    typeof input === "object" && input !== null && !("enabled" in input)
      ? { ...input, enabled: spec.enabledByDefault }
      : input;
  return z.preprocess(defaulted, z.discriminatedUnion("enabled", [on, off]));
}

function isPresent(prerequisite: Prerequisite, present: Facts["present"]): boolean {
  const crds = prerequisite.crds ?? [];
  const services = prerequisite.apiServices ?? [];
  return crds.every((name) => present.crds.has(name)) && services.every((name) => present.apiServices.has(name));
}

/**
 * Defines an operator. Everything it needs and gives is said in its folder.
 *
 * @example see components/operators/kyverno/index.ts
 */
export function defineOperator<Shape extends z.ZodRawShape>(spec: OperatorSpec<Shape>): Operator {
  const own = z.object(spec.settings);
  const keys = withSwitch(spec);
  const schema = settingsSchema(spec, keys);
  const contextOf = (facts: Facts, settings: unknown): SettingsContext<Shape> => ({
    facts,
    settings: own.parse(schema.parse(settings)),
    overlay: overlayOf(schema.parse(settings)),
  });

  return {
    name: spec.name,
    title: spec.title,
    duties: spec.duties ?? [],
    needs: spec.needs,
    requires: spec.requires ?? [],
    provides: spec.provides ?? [],
    prerequisite: spec.prerequisite,
    chart: spec.chart,
    crdCharts: spec.crdCharts ?? [],
    alerts: spec.alerts ?? [],
    dashboards: spec.dashboards ?? [],
    schema,
    keys,
    installed(settings, present, apps = []) {
      const { enabled, install } = switchSchema.parse(schema.parse(settings));
      if (spec.prerequisite === undefined) return enabled ?? spec.enabledByDefault;
      const wanted = spec.prerequisite.wanted?.(apps) ?? true;
      return install === "always" || (install === "auto" && wanted && !isPresent(spec.prerequisite, present));
    },
    problems: (facts, settings) => [
      ...(spec.problems?.(contextOf(facts, settings)) ?? []),
      ...withoutChart(spec, contextOf(facts, settings)),
    ],
    namespaces: (facts, settings) => namespacesOf(spec, contextOf(facts, settings)).map(({ name }) => name),
    plan: (facts, settings) => plan(spec, contextOf(facts, settings)),
    routes: (facts, settings) => spec.routes?.(contextOf(facts, settings)),
    mutations: (facts, settings) => spec.mutations?.(contextOf(facts, settings)) ?? [],
    appArmorProfiles: (facts, settings) =>
      spec.appArmorProfiles?.(contextOf(facts, settings)) ?? new Map<string, string>(),
    ingressAnnotations: (facts, settings) => spec.ingressAnnotations?.(contextOf(facts, settings)) ?? {},
  };
}

function plan<Shape extends z.ZodRawShape>(spec: OperatorSpec<Shape>, ctx: SettingsContext<Shape>): OperatorPlan {
  const given = ctx.overlay;
  const list = <T>(make: ((ctx: SettingsContext<Shape>) => readonly T[]) | undefined): readonly T[] =>
    make?.(ctx) ?? [];
  const namespaces = namespacesOf(spec, ctx);
  const chart = chartOf(spec, namespaces[0], overlaidValues(spec.values?.(ctx) ?? {}, given));
  const cuts = list(spec.cuts);
  const delegations = list(spec.delegations);
  return {
    operator: spec.name,
    namespaces,
    crds: spec.crds ?? entriesWithCrds([...(spec.chart === undefined ? [] : [spec.chart]), ...(spec.crdCharts ?? [])]),
    secrets: list(spec.secrets),
    secretsToSupply: [],
    before: [
      ...list(spec.before).map((object) => overlaidObject(object, given)),
      ...delegations.map((delegation) => delegatedRole(delegation, managedLabels)),
    ],
    ...(chart === undefined ? {} : { chart }),
    after: list(spec.objects).map((object) => overlaidObject(object, given)),
    flows: list(spec.flows),
    monitors: list(spec.monitors),
    sources: list(spec.sources),
    webhooks: list(spec.webhooks),
    hostAgents: list(spec.hostAgents),
    controllerOwned: spec.controllerOwned ?? [],
    patches: [...list(spec.patches), ...cutPatches(cuts)],
    overlay: given,
    userRanges: false,
    cuts,
    accounts: list(spec.accounts),
    delegations,
    exemptions: [
      ...list(spec.exemptions),
      ...delegations.flatMap(({ role, excused, reason }) =>
        exemptRights(excused, { kind: "ClusterRole", name: role }, reason),
      ),
    ],
    runtimeImages: list(spec.runtimeImages),
    unconfined: spec.unconfined ?? false,
  };
}

/** What an overlay names and an operator without a chart lacks; what a chart has is known when it is rendered. */
function withoutChart<Shape extends z.ZodRawShape>(spec: OperatorSpec<Shape>, ctx: SettingsContext<Shape>): string[] {
  if (spec.chart !== undefined) return [];
  const given = ctx.overlay;
  const values = Object.keys(given.values).map(
    (key) => `operators.${spec.name}.overlay.values.${key}: the operator has no chart. Remove the key`,
  );
  const objects = [...(spec.before?.(ctx) ?? []), ...(spec.objects?.(ctx) ?? [])];
  return [...values, ...overlayProblems(spec.name, given, objects)];
}

const entriesWithCrds = (charts: readonly ChartFacts[]): string[] =>
  charts.filter(({ crds }) => crds.kind !== "none").map(({ entry }) => entry);

function namespacesOf<Shape extends z.ZodRawShape>(
  { namespaces }: OperatorSpec<Shape>,
  ctx: SettingsContext<Shape>,
): readonly OperatorNamespace[] {
  return typeof namespaces === "function" ? namespaces(ctx) : (namespaces ?? []);
}

function chartOf(
  spec: { readonly name: string; readonly chart?: ChartFacts & { readonly release: string } },
  home: OperatorNamespace | undefined,
  values: JsonObject,
): OperatorChart | undefined {
  if (spec.chart === undefined) return undefined;
  if (home === undefined) throw new Error(`operator ${spec.name}: a chart needs a namespace; add one to namespaces`);
  const { entry, release } = spec.chart;
  return { entry, release, namespace: home.name, values };
}
