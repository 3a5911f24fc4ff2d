import { CONTROL_PLANE_LABEL } from "../operators/frame/pods";
import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { label } from "../../lib/labels";
import { ConfigError } from "../../config/errors";
import type { ClusterFacts, ForeignObject } from "./facts";
import { ADOPTED, RECORD, type InstallationRecord } from "./installation";
import { calicoFacts, ciliumFacts, pluginConfiguration, type NetworkPluginFacts } from "./network-plugin";

/** Names and labels only; a CustomResourceDefinition in full can be over a megabyte. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const TIMEOUT_MS = 15_000;

const partialList = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({
          name: z.string(),
          labels: z.record(z.string(), z.string()).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        }),
      }),
    )
    // The API server writes an empty list of metadata as null.
    .nullable()
    .transform((items) => items ?? []),
});
const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
      status: z.object({
        nodeInfo: z.object({ architecture: z.string() }),
        runtimeHandlers: z.array(z.object({ name: z.string().default("") })).optional(),
      }),
    }),
  ),
});
const resourceList = z.object({ resources: z.array(z.object({ name: z.string() })) });
const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });
const felixConfiguration = z.object({ spec: z.record(z.string(), z.unknown()).default({}) });
const installationRecord = z.object({
  stack: z.string(),
  id: z.string(),
  adopting: z.string().optional(),
  adopted: z.string().optional(),
});
const versionInfo = z.object({ gitVersion: z.string() });

export interface ClusterAccess {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** How long an answer may take; default 15 s. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reads the facts from the API server. Nothing is changed.
 *
 * @throws {ConfigError} when there is no kubeconfig, no such context, or no answer
 */
export async function discover(access: ClusterAccess): Promise<ClusterFacts> {
  const { timeoutMs = TIMEOUT_MS } = access;
  const kubeconfig = await loadKubeconfig(access);
  const get = <T>(path: string, schema: z.ZodType<T>, accept = "application/json"): Promise<T> =>
    request(kubeconfig, path, { schema, accept, timeoutMs });
  const find = <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> =>
    requestIfThere(kubeconfig, path, { schema, accept: "application/json", timeoutMs });
  const { gitVersion } = await get("/version", versionInfo);
  const owned = async (path: string): Promise<ReadonlyMap<string, boolean>> => {
    const { items } = await get(path, partialList, METADATA_ONLY);
    return new Map(items.map(({ metadata }) => [metadata.name, metadata.labels?.[label.managed] === "true"]));
  };
  const [customResources, apiServices, namespaces, nodes, daemonSets, admission, networkPlugin, installation, foreign] =
    await Promise.all([
      owned("/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
      owned("/apis/apiregistration.k8s.io/v1/apiservices"),
      owned("/api/v1/namespaces"),
      get("/api/v1/nodes?limit=500", nodeList),
      get("/apis/apps/v1/daemonsets", partialList, METADATA_ONLY),
      get("/apis/admissionregistration.k8s.io/v1", resourceList),
      findNetworkPlugin(find),
      findInstallation(find),
      findForeign((path) => get(path, partialList, METADATA_ONLY)),
    ]);
  return {
    version: gitVersion,
    customResources,
    apiServices,
    namespaces,
    nodes: nodes.items.map(({ metadata, status }) => ({
      name: metadata.name,
      zone: metadata.labels?.["topology.kubernetes.io/zone"],
      controlPlane: metadata.labels?.[CONTROL_PLANE_LABEL] !== undefined,
      architecture: status.nodeInfo.architecture,
      runtimeHandlers: (status.runtimeHandlers ?? []).map(({ name }) => name).filter((name) => name !== ""),
    })),
    daemonSets: daemonSets.items.map(({ metadata }) => metadata.name),
    admissionResources: admission.resources.map(({ name }) => name),
    ...(networkPlugin === undefined ? {} : { networkPlugin }),
    ...(installation === undefined ? {} : { installation }),
    foreign,
  };
}

async function findInstallation(find: Find): Promise<InstallationRecord | undefined> {
  const read = async ({ namespace, name }: { namespace: string; name: string }) =>
    (await find(`/api/v1/namespaces/${namespace}/configmaps/${name}`, configMap))?.data;
  const [record, adopted] = await Promise.all([read(RECORD), read(ADOPTED)]);
  return record === undefined ? undefined : installationRecord.parse({ ...record, ...adopted });
}

/** Objects that several installations of one operator would share, because they are the cluster's. */
const sharedKinds: readonly (readonly [kind: string, path: string])[] = [
  ["ClusterRole", "/apis/rbac.authorization.k8s.io/v1/clusterroles"],
  ["MutatingWebhookConfiguration", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"],
  ["ValidatingWebhookConfiguration", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"],
];

/** On everything that the program applies (components/kubernetes-object.ts), and on nothing that Helm or kubectl does. */
const APPLIED_BY_US = "pulumi.com/patchForce";

async function findForeign(list: (path: string) => Promise<z.infer<typeof partialList>>): Promise<ForeignObject[]> {
  const all = await Promise.all(
    sharedKinds.map(async ([kind, path]) =>
      (await list(path)).items
        .filter(({ metadata }) => metadata.annotations?.[APPLIED_BY_US] === undefined)
        .map(({ metadata }): ForeignObject => {
          const name = metadata.annotations?.["meta.helm.sh/release-name"];
          const namespace = metadata.annotations?.["meta.helm.sh/release-namespace"] ?? "";
          return { kind, name: metadata.name, ...(name === undefined ? {} : { release: { name, namespace } }) };
        }),
    ),
  );
  return all.flat();
}

type Find = <T>(path: string, schema: z.ZodType<T>) => Promise<T | undefined>;

async function findNetworkPlugin(find: Find): Promise<NetworkPluginFacts | undefined> {
  const cilium = await find(pluginConfiguration.cilium, configMap);
  if (cilium !== undefined) return ciliumFacts(cilium.data);
  const calico = await find(pluginConfiguration.calico, felixConfiguration);
  return calico === undefined ? undefined : calicoFacts(calico.spec);
}

/**
 * The kubeconfig that the stack names, or the user's own.
 *
 * @throws {ConfigError} when it cannot be read or lacks the context.
 */
export async function loadKubeconfig({ kubeconfig, context }: ClusterAccess): Promise<KubeConfig> {
  // The client library is an ES module; a dynamic import is the only way in from CommonJS.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new ConfigError([
      `cluster.kubeconfig: "${kubeconfig ?? "KUBECONFIG or ~/.kube/config"}" cannot be read (${messageOf(error)}). ` +
        "Give the path of a kubeconfig, or start the embedded cluster: npm start",
    ]);
  }
  if (context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(context)) {
      throw new ConfigError([
        `cluster.context: "${context}" is not in the kubeconfig. It has: ${names.join(", ") || "none"}`,
      ]);
    }
    config.setCurrentContext(context);
  }
  return config;
}

interface Wanted<T> {
  readonly schema: z.ZodType<T>;
  readonly accept: string;
  readonly timeoutMs: number;
}

async function request<T>(config: KubeConfig, path: string, wanted: Wanted<T>): Promise<T> {
  const found = await requestIfThere(config, path, wanted);
  if (found === undefined) throw new ConfigError([`cluster: the API server does not serve ${path}`]);
  return found;
}

async function requestIfThere<T>(
  config: KubeConfig,
  path: string,
  { schema, accept, timeoutMs }: Wanted<T>,
): Promise<T | undefined> {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new ConfigError(["cluster.kubeconfig: the current context names no cluster"]);
  const url = new URL(path, server);
  const options: https.RequestOptions = { headers: { Accept: accept }, timeout: timeoutMs };
  await config.applyToHTTPSOptions(options);
  const { status, body } = await fetchText(url, options);
  if (status === 404) return undefined;
  if (status !== 200) {
    throw new ConfigError([
      `cluster: ${url.href} answered ${status}. The credentials of the kubeconfig need cluster-wide read access to install the platform`,
    ]);
  }
  return schema.parse(JSON.parse(body));
}

function fetchText(url: URL, options: https.RequestOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const unreachable = (why: string): void =>
      reject(
        new ConfigError([
          `cluster: ${url.origin} cannot be reached (${why}). Check cluster.kubeconfig and the network; for the embedded cluster: npm run cluster -- status`,
        ]),
      );
    const request = https.get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", (error) => unreachable(error.message));
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${Number(options.timeout) / 1000} s`)));
    request.on("error", (error) => unreachable(messageOf(error)));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
