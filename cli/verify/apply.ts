import { ApiError, isRecord, type KubeObject } from "../../lib/kube/client";
import { reasonOf } from "../../lib/kube/errors";
import { STAND_IN_LABEL, standInFor } from "../../embedded/crds/stand-ins";
import { each, pause, withRetries, type Api, type Apis } from "./api";
import type { Placed } from "./placement";

/** What became of one document. */
export interface Applied {
  readonly placed: Placed;
  /** Why the API server refused it; absent: it is there. */
  readonly refused?: string | undefined;
}

/** What others refer to first, workloads last, as Helm installs them (Helm, `releaseutil.InstallOrder`). */
const stages: readonly (readonly string[])[] = [
  ["ServiceAccount", "Role"],
  ["RoleBinding", "Secret", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy"],
  ["Service"],
  [],
  ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Cluster"],
  ["Job", "HorizontalPodAutoscaler", "VerticalPodAutoscaler", "PodDisruptionBudget", "Ingress", "HTTPRoute"],
];
const OTHERS = 3;
const CONCURRENCY = 8;
const FIELD_MANAGER = "mijnbureau-deployer";

const stageOf = (kind: string): number => {
  const stage = stages.findIndex((kinds) => kinds.includes(kind));
  return stage < 0 ? OTHERS : stage;
};

/** Applies everything as the deployer of its namespace, in the order of its stages; repeating it changes nothing. */
export async function applyAll(placed: readonly Placed[], apis: Apis): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const stage of stages.keys()) {
    const now = placed.filter(({ object }) => stageOf(object.kind) === stage);
    applied.push(...(await each(now, CONCURRENCY, (item) => applyOne(item, apis))));
  }
  return applied;
}

async function applyOne(placed: Placed, apis: Apis): Promise<Applied> {
  const { object } = placed;
  const api = apis.deployer(object.metadata.namespace ?? "");
  try {
    await onceKindIsKnown(() => withRetries(() => put(object, api)));
    return { placed };
  } catch (error) {
    return { placed, refused: reasonOf(error) };
  }
}

/** The controller manager looks for new kinds every half minute, and counts every quota anew every five minutes. */
const KNOWN_MS = 6 * 60_000;

/**
 * What refuses objects of a kind whose definition is new: a quota that the controller manager has not counted, and a
 * MutatingAdmissionPolicy until the API server has read its own schemas again, every five seconds (k8s.io/apiserver
 * 0.36, `policy/mutating/patch/typeconverter.go`).
 */
const isKindNew = (error: unknown): boolean =>
  error instanceof ApiError &&
  /status unknown for quota|There can be a delay between when CustomResourceDefinitions are created/.test(
    error.message,
  );

async function onceKindIsKnown<T>(work: () => Promise<T>): Promise<T> {
  const until = Date.now() + KNOWN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isKindNew(error) || Date.now() > until) throw error;
      await pause(1_000);
    }
  }
}

async function put(object: KubeObject, api: Api): Promise<void> {
  try {
    if (object.kind === "Pod") await api.create(object, { fieldManager: FIELD_MANAGER });
    else await api.apply(object, { fieldManager: FIELD_MANAGER, force: true });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (object.kind === "Pod" && error.reason === "AlreadyExists") return;
    if (isImmutableJob(object, error)) await recreate(object, api);
    else if (/duplicate entries for key/.test(error.message)) {
      await api.apply(withUniqueVariables(object), { fieldManager: FIELD_MANAGER, force: true });
    } else throw error;
  }
}

const isImmutableJob = ({ kind }: KubeObject, error: ApiError): boolean =>
  kind === "Job" && error.code === 422 && /field is immutable/.test(error.message);

/** A Job cannot be changed: Helm's hooks delete the old one first as well (`before-hook-creation`). */
async function recreate(object: KubeObject, api: Api): Promise<void> {
  await api.delete(reference(object), { propagation: "Background" });
  for (let attempt = 0; attempt < 40 && (await api.find(reference(object))) !== undefined; attempt += 1)
    await pause(250);
  await api.create(object, { fieldManager: FIELD_MANAGER });
}

/**
 * Server-side apply refuses a variable that is set twice, which Helm's create lets through: in the container the last
 * one counts (Kubernetes API reference, Container.env, merge key `name`).
 */
export function withUniqueVariables(object: KubeObject): KubeObject {
  return { ...object, spec: uniqueVariables(object["spec"]) };
}

function uniqueVariables(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from<unknown>(value).map(uniqueVariables);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, field]) => {
    if (key !== "env" || !Array.isArray(field)) return [key, uniqueVariables(field)];
    const variables = Array.from<unknown>(field);
    return [
      key,
      variables.filter((variable, index) => !variables.slice(index + 1).some((later) => isSame(variable, later))),
    ];
  });
  return Object.fromEntries(entries);
}

const isSame = (a: unknown, b: unknown): boolean => isRecord(a) && isRecord(b) && a["name"] === b["name"];

const reference = ({ apiVersion, kind, metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata.name ?? "",
  namespace: metadata.namespace,
});

/**
 * Removes what was applied, last things first, with the claims that StatefulSets made for themselves. What the platform
 * made stays: the deployer may not touch it.
 *
 * @returns how many objects were removed, and why others were not
 */
export async function removeAll(
  placed: readonly Placed[],
  apis: Apis,
): Promise<{ removed: number; problems: string[] }> {
  const problems: string[] = [];
  let removed = 0;
  const objects = placed.flatMap(({ object }) => [object, ...ownClaims(object)]);
  for (const stage of [...stages.keys()].reverse()) {
    const now = objects.filter(({ kind }) => stageOf(kind) === stage);
    await each(now, CONCURRENCY, async (object) => {
      try {
        if (await apis.deployer(object.metadata.namespace ?? "").delete(reference(object))) removed += 1;
      } catch (error) {
        problems.push(
          `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name ?? ""}: ${reasonOf(error)}`,
        );
      }
    });
  }
  problems.push(...(await stillThere(objects, apis)));
  return { removed, problems };
}

const GONE_WITHIN_MS = 60_000;

/** Claims stay until no pod uses them; applying again before that would change what is about to go. */
async function stillThere(objects: readonly KubeObject[], apis: Apis): Promise<string[]> {
  const until = Date.now() + GONE_WITHIN_MS;
  let left = objects.filter(({ kind }) => kind === "PersistentVolumeClaim");
  for (;;) {
    const found = await Promise.all(
      left.map(
        async (claim) => (await apis.deployer(claim.metadata.namespace ?? "").find(reference(claim))) !== undefined,
      ),
    );
    left = left.filter((_, index) => found[index] === true);
    if (left.length === 0) return [];
    if (Date.now() > until) {
      return left.map(
        ({ metadata }) =>
          `PersistentVolumeClaim ${metadata.namespace ?? ""}/${metadata.name ?? ""}: still there after ${GONE_WITHIN_MS / 1000} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function ownClaims(object: KubeObject): KubeObject[] {
  if (object.kind !== "StatefulSet") return [];
  const { namespace = "", name = "" } = object.metadata;
  return claimTemplates(object).flatMap((claim) =>
    [...Array(claimReplicas(object)).keys()].map((ordinal) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: `${claim}-${name}-${ordinal}`, namespace },
    })),
  );
}

function claimReplicas({ spec }: KubeObject): number {
  const replicas = typeof spec === "object" && spec !== null && "replicas" in spec ? spec.replicas : 1;
  return typeof replicas === "number" ? replicas : 1;
}

/** Names of a StatefulSet's `volumeClaimTemplates`. */
export function claimTemplates({ spec }: KubeObject): string[] {
  const templates =
    typeof spec === "object" && spec !== null && "volumeClaimTemplates" in spec ? spec.volumeClaimTemplates : [];
  return (Array.isArray(templates) ? Array.from<unknown>(templates) : []).flatMap((template) => {
    const metadata =
      typeof template === "object" && template !== null && "metadata" in template ? template.metadata : {};
    const name = typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
    return typeof name === "string" ? [name] : [];
  });
}

/** Kinds of the documents that the cluster does not serve. */
export async function missingKinds(
  placed: readonly Placed[],
  api: Api,
): Promise<{ apiVersion: string; kind: string }[]> {
  const kinds = new Map(placed.map(({ object }) => [`${object.apiVersion} ${object.kind}`, object]));
  const known = await each([...kinds.values()], CONCURRENCY, async ({ apiVersion, kind }) => ({
    apiVersion,
    kind,
    served: await isServed({ apiVersion, kind }, api),
  }));
  return known.filter(({ served }) => !served).map(({ apiVersion, kind }) => ({ apiVersion, kind }));
}

async function isServed(kind: { apiVersion: string; kind: string }, api: Api): Promise<boolean> {
  try {
    await api.resourceType(kind);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}

/** Gives a cluster of simulated nodes stand-ins for missing kinds. Answers which ones it made. */
export async function installStandIns(
  kinds: readonly { apiVersion: string; kind: string }[],
  api: Api,
): Promise<string[]> {
  const made: string[] = [];
  for (const { apiVersion, kind } of kinds) {
    const definition = standInFor(apiVersion, kind);
    if (definition === undefined) continue;
    await api.apply(definition, { fieldManager: FIELD_MANAGER, force: true });
    for (let attempt = 0; attempt < 60 && !(await isServed({ apiVersion, kind }, api)); attempt += 1) await pause(250);
    made.push(definition.metadata.name ?? "");
  }
  return made;
}

/** Removes stand-ins, and with them all objects of their kinds; real definitions do not carry the label. */
export async function removeStandIns(api: Api): Promise<string[]> {
  const kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
  const found = await api.list(kind, { labelSelector: `${STAND_IN_LABEL}=true` });
  for (const definition of found) await api.delete(reference(definition));
  return found.map(({ metadata }) => metadata.name ?? "");
}
