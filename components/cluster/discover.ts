import { CONTROL_PLANE_LABEL } from "../operators/frame/pods";
import { z } from "zod";
import { UserError } from "../../lib/errors";
import { KubeClient, UnreachableError } from "../../lib/kube/client";
import type { ClusterAccess } from "../../lib/kube/kubeconfig";
import { label } from "../../lib/labels";
import { ConfigError } from "../../config/errors";
import type { ClusterFacts, ForeignObject } from "./facts";
import { ADOPTED, RECORD, type InstallationRecord } from "./installation";
import {
  awsFacts,
  awsNode,
  calicoFacts,
  ciliumFacts,
  pluginConfiguration,
  type NetworkPluginFacts,
} from "./network-plugin";

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
  organisation: z.string().optional(),
  id: z.string(),
  adopting: z.string().optional(),
  adopted: z.string().optional(),
});
const versionInfo = z.object({ gitVersion: z.string() });

/**
 * Reads the facts from the API server. Nothing is changed.
 *
 * @throws {ConfigError} when there is no kubeconfig, no such context, or no answer
 */
export async function discover(access: ClusterAccess, timeoutMs = TIMEOUT_MS): Promise<ClusterFacts> {
  const client = new KubeClient(access, { timeoutMs });
  try {
    return await read(client);
  } catch (error) {
    if (error instanceof UnreachableError) throw new ConfigError([`${error.message}. ${reach(access)}`]);
    throw error instanceof UserError && !(error instanceof ConfigError) ? new ConfigError([error.message]) : error;
  } finally {
    client.close();
  }
}

const reach = ({ kubeconfig, context }: ClusterAccess): string =>
  `It is the server of ${context === undefined ? "the kubeconfig's current context" : `cluster.context ${context}`} in ` +
  `${kubeconfig ?? "KUBECONFIG or ~/.kube/config"}: correct it there, or reach it from this machine (network, VPN, proxy)`;

async function read(client: KubeClient): Promise<ClusterFacts> {
  const find: Find = (path, schema, accept) => readIfThere(client, { path, schema, accept });
  const get = async <T>(path: string, schema: z.ZodType<T>, accept?: string): Promise<T> => {
    const found = await find(path, schema, accept);
    if (found === undefined) throw new ConfigError([`cluster: the API server does not serve ${path}`]);
    return found;
  };
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
      labels: metadata.labels ?? {},
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

type Find = <T>(path: string, schema: z.ZodType<T>, accept?: string) => Promise<T | undefined>;

async function findNetworkPlugin(find: Find): Promise<NetworkPluginFacts | undefined> {
  const cilium = await find(pluginConfiguration.cilium, configMap);
  if (cilium !== undefined) return ciliumFacts(cilium.data);
  const calico = await find(pluginConfiguration.calico, felixConfiguration);
  if (calico !== undefined) return calicoFacts(calico.spec);
  const aws = await find(pluginConfiguration.aws, awsNode);
  return aws === undefined ? undefined : awsFacts(aws);
}

interface Wanted<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly accept: string | undefined;
}

async function readIfThere<T>(client: KubeClient, { path, schema, accept }: Wanted<T>): Promise<T | undefined> {
  const { status, text } = await client.send("GET", path, accept === undefined ? {} : { accept });
  if (status === 404) return undefined;
  if (status !== 200) {
    throw new ConfigError([
      `cluster: ${path} of the API server answered ${String(status)}. The credentials of the kubeconfig need cluster-wide read access to install the platform`,
    ]);
  }
  return schema.parse(JSON.parse(text));
}
