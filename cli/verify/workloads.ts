import { at, isRecord, type JsonObject, type KubeObject } from "../../lib/kube/client";
import { protocols, type Protocol } from "./ports";
import type { ContainerPort } from "./reachability";

/** Where the kinds of the suite keep their pod template. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
  Pod: [],
};

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: JsonObject };
  readonly spec: JsonObject;
}

/** The pod template of a workload; undefined for any other kind. */
export function podTemplate(object: KubeObject): PodTemplate | undefined {
  const path = templatePaths[object.kind];
  if (path === undefined) return undefined;
  const template = at(object, ...path);
  const spec = at(template, "spec");
  if (!isRecord(spec)) return undefined;
  const annotations = at(template, "metadata", "annotations");
  return {
    metadata: {
      labels: stringsOf(at(template, "metadata", "labels")),
      annotations: isRecord(annotations) ? annotations : {},
    },
    spec,
  };
}

/** CloudNativePG builds the pods of a Cluster itself: what it labels them with and which ports they have. */
export function isCnpgCluster({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): boolean {
  return kind === "Cluster" && apiVersion.startsWith("postgresql.cnpg.io/");
}

/**
 * CloudNativePG 1.30 documentation, "Labels and annotations" and "Instance pod configuration"; ports from its
 * `pkg/specs` (postgres, metrics, instance manager).
 */
export function cnpgPod(name: string): { labels: Readonly<Record<string, string>>; ports: readonly ContainerPort[] } {
  return {
    labels: {
      "cnpg.io/cluster": name,
      "cnpg.io/instanceName": `${name}-1`,
      "cnpg.io/instanceRole": "primary",
      "cnpg.io/podRole": "instance",
      role: "primary",
    },
    ports: [
      { name: "postgresql", port: 5432, protocol: "TCP" },
      { name: "metrics", port: 9187, protocol: "TCP" },
      { name: "status", port: 8000, protocol: "TCP" },
    ],
  };
}

/** Ports that the containers and sidecars of a pod declare. */
export function containerPorts(podSpec: unknown): ContainerPort[] {
  const containers = [...listAt(podSpec, "containers"), ...listAt(podSpec, "initContainers").filter(isSidecar)];
  return containers
    .flatMap((container) => listAt(container, "ports"))
    .flatMap((port): ContainerPort[] => {
      const number = at(port, "containerPort");
      const name = at(port, "name");
      if (typeof number !== "number") return [];
      return [
        { port: number, protocol: protocolOf(at(port, "protocol")), ...(typeof name === "string" ? { name } : {}) },
      ];
    });
}

const isSidecar = (container: unknown): boolean => at(container, "restartPolicy") === "Always";

const protocolOf = (value: unknown): Protocol => protocols.find((protocol) => protocol === value) ?? "TCP";

/** A list deep in an object; empty where there is none. */
export function listAt(value: unknown, ...path: readonly string[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? Array.from<unknown>(found) : [];
}

/** A text deep in an object. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function stringsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(entries);
}

/** Replicas that a workload asks for; a Job's completions, one for a Pod. */
export function wantedPods(object: KubeObject): number {
  const wanted = at(object, "spec", object.kind === "Job" ? "completions" : "replicas");
  return typeof wanted === "number" ? wanted : 1;
}

/** The Helm event that an object waits for, where installing is not it: `test`, `pre-delete`, `post-rollback`, … */
export function laterHook(object: KubeObject): string | undefined {
  const hooks = (object.metadata.annotations?.["helm.sh/hook"] ?? "").split(",").map((hook) => hook.trim());
  const isLater = (hook: string): boolean => /^test|-(delete|rollback)$/.test(hook);
  return hooks.every(isLater) ? hooks[0] : undefined;
}
