import { z } from "zod";
import { dnsLabel, labels, quantity, reason } from "../../../config/fields";
import type { Manifest } from "../../kubernetes-object";
import type { Json, JsonObject } from "./manifest";
import { mergeObject } from "./normalise";

const amounts = z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() });

const toleration = z
  .strictObject({
    key: z.string().min(1, "is empty: it would tolerate every taint, those of broken and of control-plane nodes too"),
    operator: z.enum(["Equal", "Exists"]).default("Equal"),
    value: z.string().optional(),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
    tolerationSeconds: z.int().nonnegative().optional(),
  })
  .refine(
    ({ operator, value }) => (operator === "Equal") === (value !== undefined),
    "needs a value with operator Equal, and none with Exists",
  );

const place = {
  nodeSelector: labels.default({}),
  tolerations: z.array(toleration).default([]),
};

const workload = z.strictObject({
  replicas: z.int().positive().optional(),
  resources: z
    .record(dnsLabel, z.strictObject({ requests: amounts.optional(), limits: amounts.optional() }))
    .default({})
    .describe("By container; what is absent stays."),
  ...place,
});

/**
 * What every operator lets a stack change of its workloads, without a fork of the platform. The outcome is judged by the
 * policies like everything else.
 */
export const overlaySettings = z
  .strictObject({
    nodeSelector: place.nodeSelector.describe(
      "Node pool of all its workloads and of the pods that it makes at run time, but not of agents that belong on every node (DaemonSets, Eraser's workers). Velero's own pods go there only where no taint keeps them off: it gives them no tolerations of ours.",
    ),
    tolerations: place.tolerations.describe(
      "Taints that all its workloads tolerate, beside what they do already; scan jobs and databases too.",
    ),
    workloads: z
      .record(z.string().min(1), workload)
      .default({})
      .describe("Single workloads by their name, such as a Deployment's."),
    values: z
      .record(z.string(), z.json())
      .default({})
      .describe("Values of the chart, laid over the platform's own; needs `reason`."),
    reason: reason.optional().describe("Why the chart's values are changed."),
  })
  .refine(
    ({ values, reason: why }) => Object.keys(values).length === 0 || why !== undefined,
    "needs `reason` with `values`: say why the platform's own values do not do",
  );

export type Overlay = z.infer<typeof overlaySettings>;
type Workload = z.infer<typeof workload>;

/** Where each kind keeps its pods' specification, from `spec` on; of Prometheus' kinds, `spec` is most of one itself. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["template", "spec"],
  StatefulSet: ["template", "spec"],
  DaemonSet: ["template", "spec"],
  Job: ["template", "spec"],
  CronJob: ["jobTemplate", "spec", "template", "spec"],
  Prometheus: [],
  Alertmanager: [],
};

/** The same where only the place of the pods can be said: of a database, whose pods its operator makes. */
const placePaths: typeof podPaths = { ...podPaths, Cluster: ["affinity"] };

const scaled = new Set(["Deployment", "StatefulSet", "Prometheus", "Alertmanager"]);
/** Kinds whose main container has its resources in `spec.resources`, and the container's name. */
const ownResources: Readonly<Record<string, string>> = { Prometheus: "prometheus", Alertmanager: "alertmanager" };

interface Target {
  readonly kind: string;
  readonly name: string;
}

/** Where a kind keeps the specification of its pods, below `spec`; undefined where it has none. */
export const podPathOf = (kind: string): readonly string[] | undefined => podPaths[kind];

/** Whether it is a workload that an overlay may change. */
export const isWorkload = ({ kind }: Pick<Target, "kind">): boolean => podPaths[kind] !== undefined;

/** Values of the chart with those of the stack laid over them; lists are replaced. */
export function overlaidValues(values: JsonObject, overlay: Overlay): JsonObject {
  return jsonObject(mergeObject(values, overlay.values));
}

/** An object with what the overlay changes of it; the same object where that is nothing. Idempotent. */
export function overlaid<Props extends Readonly<Record<string, unknown>>>(
  props: Props,
  { kind, name }: Target,
  overlay: Overlay,
): Props {
  const path = placePaths[kind];
  if (path === undefined) return props;
  const own = overlay.workloads[name];
  const everywhere = kind === "DaemonSet" ? {} : overlay.nodeSelector;
  const nodeSelector = { ...everywhere, ...own?.nodeSelector };
  const tolerations = [...overlay.tolerations, ...(own?.tolerations ?? [])];
  const spec = recordOf(props["spec"]);
  const pod = path.reduce((inner, key) => recordOf(inner[key]), spec);
  const changed: JsonObject = {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0 ? {} : { tolerations: added(pod["tolerations"], tolerations) }),
    ...(own === undefined ? {} : containersOf(pod, kind, own)),
  };
  const replicas = own?.replicas === undefined || !scaled.has(kind) ? {} : { replicas: own.replicas };
  if (Object.keys(changed).length + Object.keys(replicas).length === 0) return props;
  const patch = { spec: { ...replicas, ...path.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), changed) } };
  // Prometheus' kinds have no path: what changes of the pods stands beside the replicas.
  const whole = path.length === 0 ? { spec: { ...replicas, ...changed } } : patch;
  return { ...props, ...mergeObject(props, whole) };
}

/** Where the overlay puts pods that the operator makes itself, for the values of its chart that say it. */
export function placeOf({ nodeSelector, tolerations }: Pick<Overlay, "nodeSelector" | "tolerations">): {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly JsonObject[];
} {
  return { nodeSelector, tolerations: tolerations.map(jsonObject) };
}

/** The same for an object of our own. */
export function overlaidObject(object: Manifest, overlay: Overlay): Manifest {
  return overlaid(object, { kind: object.kind, name: object.metadata.name }, overlay);
}

/** Names of workloads and containers that the overlay has and the operator has not, as sentences. */
export function overlayProblems(
  operator: string,
  overlay: Overlay,
  objects: readonly Readonly<Record<string, unknown>>[],
): string[] {
  const known = new Map(objects.flatMap((object) => named(object)));
  return Object.entries(overlay.workloads).flatMap(([name, { resources, replicas }]) => {
    const key = `operators.${operator}.overlay.workloads.${name}`;
    const found = known.get(name);
    if (found === undefined) {
      return [`${key}: the operator has no such workload. It has ${[...known.keys()].sort().join(", ") || "none"}`];
    }
    const problems = Object.keys(resources)
      .filter((container) => !found.containers.includes(container))
      .map(
        (container) =>
          `${key}.resources.${container}: ${found.kind} ${name} has no such container. It has ${found.containers.join(", ")}`,
      );
    if (replicas !== undefined && !scaled.has(found.kind)) {
      problems.push(`${key}.replicas: a ${found.kind} has no number of replicas. Remove the key`);
    }
    return problems;
  });
}

function named(
  object: Readonly<Record<string, unknown>>,
): [string, { readonly kind: string; readonly containers: readonly string[] }][] {
  const kind = String(object["kind"]);
  const path = placePaths[kind];
  const name = recordOf(object["metadata"])["name"];
  if (path === undefined || typeof name !== "string") return [];
  const pod = path.reduce((inner, key) => recordOf(inner[key]), recordOf(object["spec"]));
  const main = ownResources[kind];
  const listed = ["initContainers", "containers"].flatMap((field) => namesIn(pod[field]));
  return [[name, { kind, containers: main === undefined ? listed : [main, ...listed] }]];
}

/** Amounts per container, as a patch of the pod's specification. */
function containersOf(pod: Readonly<Record<string, unknown>>, kind: string, { resources }: Workload): JsonObject {
  const patch = ([name, amount]: [string, Workload["resources"][string]]): JsonObject => ({
    name,
    resources: jsonObject(amount),
  });
  const all = Object.entries(resources);
  const main = ownResources[kind];
  const mainAmounts = main === undefined ? undefined : resources[main];
  const others = all.filter(([name]) => name !== main);
  const within = (field: string): JsonObject => {
    const names = namesIn(pod[field]);
    const concerned = others.filter(([name]) => names.includes(name));
    return concerned.length === 0 ? {} : { [field]: concerned.map(patch) };
  };
  return {
    ...(mainAmounts === undefined ? {} : { resources: jsonObject(mainAmounts) }),
    ...within("initContainers"),
    ...within("containers"),
  };
}

function namesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) => {
    const { name } = recordOf(each);
    return typeof name === "string" ? [name] : [];
  });
}

/** Tolerations are no map: what is there stays, and nothing is added twice. */
function added(present: unknown, more: Overlay["tolerations"]): Json[] {
  const before: Json[] = Array.isArray(present) ? present.map((each: unknown) => jsonObject(recordOf(each))) : [];
  const seen = new Set(before.map(canonical));
  return [...before, ...more.map(jsonObject).filter((each) => !seen.has(canonical(each)))];
}

const canonical = (value: Json): string =>
  JSON.stringify(Object.entries(recordOf(value)).sort(([one], [other]) => one.localeCompare(other)));

/** Through JSON: what is undefined is not there. */
const jsonObject = (value: object): JsonObject =>
  z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(value)));

/** The fields of a value that may be none. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
