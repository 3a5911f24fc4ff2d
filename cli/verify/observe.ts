import { at, type KubeObject } from "../../lib/kube/client";
import { reasonOf } from "../../lib/kube/errors";
import { pause, type Api } from "./api";
import { claimTemplates } from "./apply";
import { listAt, podTemplate, textAt, wantedPods } from "./workloads";

/** A pod of the workload as the API server would store it, or why it refuses it. */
export type TrialPod = { readonly pod: KubeObject } | { readonly refused: string };

/**
 * Submits one pod of a workload as a dry run: admission judges the pod, not the workload, so a workload that is
 * admitted says nothing about its pods (Kubernetes, "Pod Security Admission", workload resources).
 */
export async function tryPod(object: KubeObject, api: Api): Promise<TrialPod> {
  const template = podTemplate(object);
  if (template === undefined) return { refused: `${object.kind} has no pod template` };
  const { name = "", namespace = "" } = object.metadata;
  const claims = claimTemplates(object).map((claim) => ({
    name: claim,
    persistentVolumeClaim: { claimName: `${claim}-${name}-0` },
  }));
  const volumes = [...claims, ...listAt(template.spec, "volumes")];
  const trial = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-trial`,
      namespace,
      labels: template.metadata.labels,
      annotations: Object.fromEntries(
        Object.entries(template.metadata.annotations).flatMap(([key, value]) =>
          typeof value === "string" ? [[key, value]] : [],
        ),
      ),
    },
    spec: { ...template.spec, ...(volumes.length === 0 ? {} : { volumes }) },
  };
  try {
    return { pod: await api.create(trial, { dryRun: true }) };
  } catch (error) {
    return { refused: reasonOf(error) };
  }
}

export interface State {
  readonly ready: boolean;
  /** `2/2`, `completed`, `on schedule`, … */
  readonly text: string;
}

/** How far a workload is, by its own status. */
export function stateOf(live: KubeObject): State {
  const number = (field: string): number => {
    const value = at(live, "status", field);
    return typeof value === "number" ? value : 0;
  };
  const wanted = wantedPods(live);
  switch (live.kind) {
    case "CronJob":
      return { ready: true, text: at(live, "spec", "suspend") === true ? "suspended" : "on schedule" };
    case "Job": {
      if (number("succeeded") >= wanted) return { ready: true, text: "completed" };
      const failed = number("failed");
      return {
        ready: number("ready") > 0,
        text: failed > 0 ? `${failed} failed` : number("ready") > 0 ? "running" : "waiting",
      };
    }
    case "Pod":
      return {
        ready: textAt(live, "status", "phase") === "Running",
        text: textAt(live, "status", "phase") ?? "unknown",
      };
    default: {
      const seen = number("observedGeneration") >= (live.metadata.generation ?? 0);
      return { ready: seen && number("readyReplicas") >= wanted, text: `${number("readyReplicas")}/${wanted}` };
    }
  }
}

/** A finished Job may be gone already. */
function stateIn(workload: KubeObject, live: KubeObject | undefined): State {
  if (live !== undefined) return stateOf(live);
  const cleanedUp = at(workload, "spec", "ttlSecondsAfterFinished") !== undefined;
  return cleanedUp ? { ready: true, text: "completed" } : { ready: false, text: "gone" };
}

export interface Observed {
  readonly state: State;
  /** Why it is not ready; empty when it is. */
  readonly reasons: readonly string[];
  /** Address of one of its pods. */
  readonly podIp?: string | undefined;
}

/** Waits until the workloads are ready, or the time is up, and says why the others are not. */
export async function observe(
  workloads: readonly KubeObject[],
  api: Api,
  timeoutMs: number,
): Promise<ReadonlyMap<KubeObject, Observed>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const live = await liveObjects(workloads, api);
    const waiting = [...live].filter(([workload, object]) => !stateIn(workload, object).ready);
    if (waiting.length === 0 || Date.now() >= deadline) return describeAll(live, api);
    await pause(1000);
  }
}

type Live = ReadonlyMap<KubeObject, KubeObject | undefined>;

async function liveObjects(workloads: readonly KubeObject[], api: Api): Promise<Live> {
  const lists = new Map<string, Promise<KubeObject[]>>();
  const found = new Map<KubeObject, KubeObject | undefined>();
  for (const workload of workloads) {
    const { apiVersion, kind, metadata } = workload;
    const key = `${metadata.namespace ?? ""}/${kind}`;
    const list = lists.get(key) ?? api.list({ apiVersion, kind }, { namespace: metadata.namespace });
    lists.set(key, list);
    found.set(
      workload,
      (await list).find((object) => object.metadata.name === metadata.name),
    );
  }
  return found;
}

async function describeAll(live: Live, api: Api): Promise<ReadonlyMap<KubeObject, Observed>> {
  const namespaces = [...new Set([...live.keys()].map(({ metadata }) => metadata.namespace ?? ""))];
  const inNamespaces = async (kind: string): Promise<ReadonlyMap<string, KubeObject[]>> => {
    const entries = namespaces.map(
      async (namespace) => [namespace, await api.list({ apiVersion: "v1", kind }, { namespace })] as const,
    );
    return new Map(await Promise.all(entries));
  };
  const [pods, events] = await Promise.all([inNamespaces("Pod"), inNamespaces("Event")]);
  const described = new Map<KubeObject, Observed>();
  for (const [workload, object] of live) {
    const namespace = workload.metadata.namespace ?? "";
    const own = (pods.get(namespace) ?? []).filter((pod) => belongsTo(pod, workload));
    const state = stateIn(workload, object);
    const reasons = state.ready
      ? []
      : whyNotReady({ workload, object, pods: own, events: events.get(namespace) ?? [] });
    const podIp = own.map((pod) => textAt(pod, "status", "podIP")).find((ip) => ip !== undefined);
    described.set(workload, { state, reasons, podIp });
  }
  return described;
}

/** Pods of Deployments belong to ReplicaSets, of CronJobs to Jobs: both are named after their owner. */
function belongsTo(pod: KubeObject, { kind, metadata }: KubeObject): boolean {
  const { name = "" } = metadata;
  const owner = textAt(pod.metadata.ownerReferences?.[0], "name") ?? "";
  if (kind === "Pod") return pod.metadata.name === name;
  if (kind === "Deployment") return new RegExp(`^${escape(name)}-[a-z0-9]+$`).test(owner);
  if (kind === "CronJob") return new RegExp(`^${escape(name)}-[0-9]+$`).test(owner);
  return owner === name;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

interface Evidence {
  readonly workload: KubeObject;
  readonly object: KubeObject | undefined;
  readonly pods: readonly KubeObject[];
  readonly events: readonly KubeObject[];
}

function whyNotReady({ workload, object, pods, events }: Evidence): string[] {
  const { name = "" } = workload.metadata;
  const conditions = listAt(object, "status", "conditions")
    .filter((condition) => at(condition, "type") === "ReplicaFailure" || at(condition, "type") === "Failed")
    .flatMap((condition) => textAt(condition, "message") ?? []);
  const ofPods = pods.flatMap(podTroubles);
  const related = events
    .filter((event) => textAt(event, "type") === "Warning" && isAbout(event, name))
    .flatMap((event) => textAt(event, "message") ?? [])
    .slice(-2);
  const reasons = [...new Set([...conditions, ...ofPods, ...related])];
  return reasons.length > 0 ? reasons : [pods.length === 0 ? "no pod was made" : "its pods are not ready yet"];
}

const isAbout = (event: unknown, name: string): boolean => {
  const about = textAt(event, "involvedObject", "name") ?? "";
  return about === name || about.startsWith(`${name}-`);
};

function podTroubles(pod: KubeObject): string[] {
  const conditions = listAt(pod, "status", "conditions")
    .filter((condition) => at(condition, "status") === "False" && at(condition, "type") === "PodScheduled")
    .flatMap((condition) => textAt(condition, "message") ?? []);
  const containers = ["initContainerStatuses", "containerStatuses"].flatMap((list) => listAt(pod, "status", list));
  const waiting = containers.flatMap((container) => {
    const reason = textAt(container, "state", "waiting", "reason");
    const message = textAt(container, "state", "waiting", "message");
    if (reason === undefined || reason === "PodInitializing" || reason === "ContainerCreating") return [];
    return [`container ${textAt(container, "name") ?? ""}: ${reason}${message === undefined ? "" : `: ${message}`}`];
  });
  return [...conditions, ...waiting];
}
