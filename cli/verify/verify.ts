import type { AppKey } from "../../suite/apps";
import { appKeys } from "../../suite/apps";
import { DEPLOYER } from "../../components/namespace/rbac";
import type { Flow } from "../../suite/flow";
import type { DatabaseStore } from "../../components/operators/databases/endpoint";
import type { NetworkSettings } from "../../config/network";
import { label } from "../../lib/labels";
import { isRecord, type KubeObject } from "../../lib/kube/client";
import { each, type Api, type Apis } from "./api";
import { applyAll, installStandIns, missingKinds, type Applied } from "./apply";
import type { Document } from "./documents";
import { inRange, type World, type WorkloadPods } from "./endpoints";
import type { ObjectRow, Problem, Report, WorkloadRow } from "./model";
import { judgeNetwork } from "./network";
import { observe, tryPod, type Observed, type TrialPod } from "./observe";
import { place, type Placed, type SuiteNamespaces } from "./placement";
import type { NetworkPolicy } from "./reachability";
import { addProduced, danglingReferences, Inventory, middlewareReferences, podReferences } from "./references";
import type { Labels } from "../../lib/selectors";
import { explain } from "./upstream";
import { cnpgPod, containerPorts, isCnpgCluster, laterHook, listAt, podTemplate, stringsOf } from "./workloads";
import { UserError } from "../../lib/errors";

/** What to verify, where. */
export interface Verification {
  readonly documents: readonly Document[];
  readonly apis: Apis;
  readonly flows: readonly Flow[];
  readonly settings: NetworkSettings;
  readonly databaseStore?: DatabaseStore | undefined;
  readonly monitoringNamespace: string;
  readonly stack: string;
  /** Give the cluster stand-ins for kinds that it lacks. */
  readonly standIns: boolean;
  readonly timeoutMs: number;
  readonly progress: (line: string) => void;
}

/** A mistake of the user, or a cluster that the platform is not on: a message, no stack trace. */
export class VerifyError extends UserError {
  override readonly name = "VerifyError";
}

export interface Namespaces {
  readonly suite: SuiteNamespaces;
  readonly labels: ReadonlyMap<string, Labels>;
}

/** The suite's namespaces, as the running stack labels them. */
export async function suiteNamespaces(api: Api): Promise<Namespaces> {
  const all = await api.list({ apiVersion: "v1", kind: "Namespace" });
  const suite = new Map<AppKey, string>();
  for (const { metadata } of all) {
    const app = appKeys.find((key) => key === metadata.labels?.[label.component]);
    if (app !== undefined && metadata.labels?.[label.role] === "suite") suite.set(app, metadata.name ?? "");
  }
  if (suite.size === 0) {
    throw new VerifyError(
      `the cluster has no namespace with the labels ${label.role}=suite and ${label.component}=<app>: run pulumi up of the stack first`,
    );
  }
  const accounts = await each([...suite.values()], 8, async (namespace) => ({
    namespace,
    found: await api.find({ apiVersion: "v1", kind: "ServiceAccount", name: DEPLOYER, namespace }),
  }));
  const without = accounts.filter(({ found }) => found === undefined).map(({ namespace }) => namespace);
  if (without.length > 0) {
    throw new VerifyError(
      `no ServiceAccount ${DEPLOYER} in ${without.join(", ")}: repeat pulumi up, which makes it in every namespace of the suite`,
    );
  }
  const labels = new Map(all.map(({ metadata }) => [metadata.name ?? "", stringsOf(metadata.labels)]));
  return { suite, labels };
}

/** Applies the suite as its deployer and reports what the platform makes of it. */
export async function verify(input: Verification): Promise<Report> {
  const { apis, progress } = input;
  const namespaces = await suiteNamespaces(apis.admin);
  const { placed, problems } = place(input.documents, namespaces.suite);
  const notes = await prepareKinds(input, placed);
  progress(`applying ${placed.length} objects as ${DEPLOYER}`);
  const later = placed.filter(({ object }) => laterHook(object) !== undefined);
  const applied = await applyAll(
    placed.filter((item) => !later.includes(item)),
    apis,
  );
  const all: Applied[] = [...applied, ...later.map((item) => ({ placed: item }))];
  progress("submitting a pod of every workload, and waiting until the workloads are ready");
  const workloads = await judgeWorkloads(all, input);
  progress("reading network policies back");
  const apiServer = await addressesOfApiServer(apis.admin);
  const network = await judgeNetworkOf(workloads, { namespaceLabels: namespaces.labels, apiServer }, input);
  return {
    server: await apis.admin.version(),
    stack: input.stack,
    objects: { given: input.documents.length, admitted: applied.filter(({ refused }) => refused === undefined).length },
    workloads: workloads.map(({ row }) => row),
    otherObjects: await judgeOthers(applied, apis.admin),
    ...network,
    problems: problems.map(({ document, problem }) => `${describe(document)}: ${problem}`),
    notes: [...notes, ...strayApiServers(apiServer, input.settings)],
  };
}

const describe = ({ file, index, object }: Document): string =>
  `${file}, document ${index}, ${object.kind} ${object.metadata.name ?? ""}`;

async function prepareKinds(input: Verification, placed: readonly Placed[]): Promise<string[]> {
  const missing = await missingKinds(placed, input.apis.admin);
  if (missing.length === 0 || !input.standIns) return [];
  const made = await installStandIns(missing, input.apis.admin);
  return made.length === 0 ? [] : [`STAND-IN for kinds that this cluster lacks: ${made.join(", ")}`];
}

/** A workload with what was found out about it. */
interface Judged {
  readonly placed: Placed;
  readonly row: WorkloadRow;
  readonly pods: WorkloadPods;
}

async function judgeWorkloads(applied: readonly Applied[], input: Verification): Promise<Judged[]> {
  const { admin } = input.apis;
  const workloads = applied.filter(
    ({ placed }) => podTemplate(placed.object) !== undefined || isCnpgCluster(placed.object),
  );
  const trials = await each(workloads, 8, ({ placed }) =>
    isCnpgCluster(placed.object) ? Promise.resolve(undefined) : tryPod(placed.object, admin),
  );
  const running = workloads.filter(
    ({ placed, refused }, index) =>
      refused === undefined &&
      laterHook(placed.object) === undefined &&
      !isCnpgCluster(placed.object) &&
      !isHopeless(trials[index]),
  );
  const observed = await observe(
    running.map(({ placed }) => placed.object),
    admin,
    input.timeoutMs,
  );
  const stopped = workloads.filter((_, index) => isRefused(trials[index]));
  const inventories = await inventoriesOf(applied, stopped, admin);
  return workloads.flatMap((workload, index): Judged[] => {
    const { app } = workload.placed;
    if (app === undefined) return [];
    const seen = observed.get(workload.placed.object);
    const inventory = inventories.get(workload.placed.object.metadata.namespace ?? "") ?? new Inventory();
    const facts = { workload, app, trial: trials[index], seen, inventory };
    return [{ placed: workload.placed, row: workloadRow(facts), pods: podsOf(facts) }];
  });
}

const isRefused = (trial: TrialPod | undefined): trial is { refused: string } =>
  trial !== undefined && "refused" in trial;

/** A full quota may be full of the workload's own pods. */
const isHopeless = (trial: TrialPod | undefined): boolean => isRefused(trial) && !/exceeded quota/.test(trial.refused);

interface Facts {
  readonly workload: Applied;
  readonly app: AppKey;
  readonly trial: TrialPod | undefined;
  readonly seen: Observed | undefined;
  readonly inventory: Inventory;
}

function workloadRow(facts: Facts): WorkloadRow {
  const { workload, app, trial, seen } = facts;
  const { object } = workload.placed;
  const { name = "", namespace = "" } = object.metadata;
  const refusal = refusalOfPods(facts);
  const problems = problemsOf(facts, refusal);
  return {
    app,
    namespace,
    kind: object.kind,
    name,
    object: workload.refused === undefined ? "admitted" : "refused",
    pods: trial === undefined ? "not tried" : refusal === undefined ? "admitted" : "refused",
    state: seen?.state.text ?? unobserved(object),
    problems: problems.map((problem) => withExplanation(problem, { app, kind: object.kind, name })),
  };
}

/** The quota counts the pods that run already, so one more can be too many although all that are wanted are there. */
function refusalOfPods({ trial, seen }: Facts): string | undefined {
  return isRefused(trial) && seen?.state.ready !== true ? trial.refused : undefined;
}

function problemsOf(facts: Facts, refusal: string | undefined): Omit<Problem, "explanation">[] {
  const { workload, seen, inventory } = facts;
  const dangling = danglingReferences(podReferences(podOf(facts).spec), inventory);
  return [
    ...(workload.refused === undefined ? [] : [{ kind: "refused" as const, text: workload.refused }]),
    ...(refusal === undefined ? [] : [{ kind: "pods refused" as const, text: refusal }]),
    ...(seen?.reasons ?? []).map((text) => ({ kind: "not ready" as const, text })),
    ...dangling.map((text) => ({ kind: "dangling reference" as const, text })),
  ];
}

/** The pod as admission left it, else as the workload's template has it. */
function podOf({ workload, trial }: Facts): { readonly spec: unknown; readonly labels: Labels } {
  if (trial !== undefined && "pod" in trial) {
    return { spec: trial.pod["spec"], labels: stringsOf(trial.pod.metadata.labels) };
  }
  const template = podTemplate(workload.placed.object);
  return { spec: template?.spec, labels: template?.metadata.labels ?? {} };
}

function unobserved(object: KubeObject): string {
  const hook = laterHook(object);
  return isCnpgCluster(object) ? "made by its operator" : hook === undefined ? "-" : `on helm ${hook}`;
}

function withExplanation(
  problem: Omit<Problem, "explanation">,
  object: { readonly app: AppKey | undefined; readonly kind: string; readonly name: string },
): Problem {
  const explanation = explain(problem, object);
  return explanation === undefined ? problem : { ...problem, explanation };
}

function podsOf(facts: Facts): WorkloadPods {
  const { workload, app, seen } = facts;
  const { object } = workload.placed;
  const { name = "", namespace = "" } = object.metadata;
  const lasting = object.kind === "Deployment" || object.kind === "StatefulSet";
  const base = { app, name: `${app}/${lasting ? name : `${object.kind} ${name}`}`, namespace, ip: seen?.podIp };
  if (isCnpgCluster(object)) return { ...base, ...cnpgPod(name) };
  const { spec, labels } = podOf(facts);
  return { ...base, labels, ports: containerPorts(spec) };
}

/** What pods can refer to, per namespace of the suite. */
async function inventoriesOf(
  applied: readonly Applied[],
  stopped: readonly Applied[],
  api: Api,
): Promise<ReadonlyMap<string, Inventory>> {
  const namespaces = [...new Set(applied.map(({ placed }) => placed.object.metadata.namespace ?? ""))];
  const shared = (
    await Promise.all([
      api.list({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" }),
      api.list({ apiVersion: "node.k8s.io/v1", kind: "RuntimeClass" }),
    ])
  ).flat();
  const entries = await each(namespaces, 4, async (namespace) => {
    const inventory = new Inventory();
    const kinds = ["Secret", "ConfigMap", "PersistentVolumeClaim", "ServiceAccount"];
    const lists = await Promise.all(kinds.map((kind) => api.list({ apiVersion: "v1", kind }, { namespace })));
    for (const object of [...lists.flat(), ...shared]) inventory.addObject(object);
    const own = applied.filter(
      ({ placed, refused }) => refused === undefined && placed.object.metadata.namespace === namespace,
    );
    for (const claim of own.flatMap(({ placed }) => claimsOf(placed.object)))
      inventory.add("PersistentVolumeClaim", claim);
    // A Job whose pods are refused makes nothing.
    const producing = own.filter((item) => !stopped.includes(item));
    addProduced(
      inventory,
      producing.map(({ placed }) => placed.object),
    );
    return [namespace, inventory] as const;
  });
  return new Map(entries);
}

/** Claims that the StatefulSet controller makes. */
function claimsOf(object: KubeObject): string[] {
  if (object.kind !== "StatefulSet") return [];
  const spec = object["spec"];
  const templates = isRecord(spec) ? spec["volumeClaimTemplates"] : undefined;
  return (Array.isArray(templates) ? Array.from<unknown>(templates) : []).flatMap((template) => {
    const name = isRecord(template) && isRecord(template["metadata"]) ? template["metadata"]["name"] : undefined;
    return typeof name === "string" ? [`${name}-${object.metadata.name ?? ""}-0`] : [];
  });
}

/** Everything but workloads: what was refused, and Ingresses whose middlewares are not there. */
async function judgeOthers(applied: readonly Applied[], api: Api): Promise<ObjectRow[]> {
  const others = applied.filter(
    ({ placed }) => podTemplate(placed.object) === undefined && !isCnpgCluster(placed.object),
  );
  const row = ({ placed }: Applied, problem: Omit<Problem, "explanation">): ObjectRow => {
    const { app, object } = placed;
    const named = { app, kind: object.kind, name: object.metadata.name ?? "" };
    return { ...named, namespace: object.metadata.namespace, problem: withExplanation(problem, named) };
  };
  const refused = others.flatMap((item) =>
    item.refused === undefined ? [] : [row(item, { kind: "refused", text: item.refused })],
  );
  const ingresses = others.filter(
    ({ placed, refused: refusal }) => refusal === undefined && placed.object.kind === "Ingress",
  );
  const named = ingresses.flatMap((item) =>
    middlewareReferences(item.placed.object).map((middleware) => ({ item, middleware })),
  );
  if (named.length === 0) return refused;
  const existing = await listMiddlewares(api);
  const dangling = named
    .filter(({ middleware }) => !existing.has(middleware))
    .map(({ item, middleware }) =>
      row(item, {
        kind: "dangling reference",
        text: `Traefik Middleware ${middleware} does not exist, and nothing given creates it`,
      }),
    );
  return [...refused, ...dangling];
}

async function listMiddlewares(api: Api): Promise<ReadonlySet<string>> {
  const kind = { apiVersion: "traefik.io/v1alpha1", kind: "Middleware" };
  try {
    const middlewares = await api.list(kind);
    return new Set(middlewares.map(({ metadata }) => `${metadata.namespace ?? ""}-${metadata.name ?? ""}`));
  } catch {
    return new Set(); // without the kind there is no Middleware
  }
}

async function judgeNetworkOf(
  workloads: readonly Judged[],
  cluster: { readonly namespaceLabels: World["namespaceLabels"]; readonly apiServer: readonly string[] },
  input: Verification,
): Promise<Pick<Report, "flows" | "beyond">> {
  const policies = await input.apis.admin.list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" });
  const { settings, databaseStore, monitoringNamespace } = input;
  const pods = workloads.map((workload) => workload.pods);
  const { namespaceLabels, apiServer: apiServerAddresses } = cluster;
  const world = { settings, databaseStore, monitoringNamespace, namespaceLabels, workloads: pods, apiServerAddresses };
  return judgeNetwork(input.flows, policies.map(networkPolicy), world);
}

/** The usual reason why flows to the API server are blocked. */
function strayApiServers(addresses: readonly string[], { controlPlaneCidrs }: NetworkSettings): string[] {
  return addresses
    .filter((address) => !controlPlaneCidrs.some((range) => inRange(address, range)))
    .map(
      (address) =>
        `network.controlPlaneCidrs (${controlPlaneCidrs.join(", ")}) does not hold ${address}, where the API server is`,
    );
}

/** Where the Service `kubernetes` leads, whatever the stack's configuration says. */
async function addressesOfApiServer(api: Api): Promise<string[]> {
  const slices = await api.list(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    { namespace: "default", labelSelector: "kubernetes.io/service-name=kubernetes" },
  );
  const addresses = slices.flatMap((slice) => listAt(slice, "endpoints")).flatMap((end) => listAt(end, "addresses"));
  return addresses.filter((address): address is string => typeof address === "string");
}

/** The API server has validated it against the schema of which `NetworkPolicy` is the part that is evaluated. */
function networkPolicy(object: KubeObject): NetworkPolicy {
  const { name = "", namespace = "", labels } = object.metadata;
  const spec: NetworkPolicy["spec"] = isRecord(object["spec"]) ? object["spec"] : {};
  return { metadata: { name, namespace, labels }, spec };
}
