import { z } from "zod";
import type { Send } from "./webhooks";

/** What the API server says; `hidden` where these credentials may not see it, `absent` where it does not exist. */
export type Seen<T> = { readonly seen: T } | "hidden" | "absent";

export interface NodeMeasure {
  readonly name: string;
  readonly kubelet: string;
  readonly cpu: string;
  readonly memory: string;
  /** Pods of the suite may land on it. */
  readonly worker: boolean;
}

/** What the stack counts on and does not bring itself, as the cluster shows it. */
export interface Measured {
  readonly server: Seen<string>;
  readonly nodes: Seen<readonly NodeMeasure[]>;
  /** Provisioner by StorageClass, and which of them is the default. */
  readonly storageClasses: Seen<readonly { name: string; provisioner: string; isDefault: boolean }[]>;
  readonly csiDrivers: Seen<readonly string[]>;
  /** Drivers that have a VolumeSnapshotClass. */
  readonly snapshotDrivers: Seen<readonly string[]>;
  readonly ingressClasses: Seen<readonly string[]>;
  readonly gatewayClasses: Seen<readonly string[]>;
  /** Services that ask for a load balancer, and whether they have an address. */
  readonly loadBalancers: Seen<readonly { name: string; served: boolean }[]>;
  /** Whether each ClusterIssuer is ready. */
  readonly issuers: Seen<ReadonlyMap<string, boolean>>;
  /** `<namespace>/<name>` of every Service. */
  readonly services: Seen<ReadonlySet<string>>;
  /** Whether the API server has read or written anything encrypted (its metric of transformations). */
  readonly encrypted: Seen<boolean>;
}

const named = z.object({ name: z.string(), namespace: z.string().optional() });
const list = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z
      .array(item)
      .nullable()
      .transform((all) => all ?? []),
  });

const nodeList = list(
  z.object({
    metadata: named,
    spec: z.object({
      unschedulable: z.boolean().optional(),
      taints: z.array(z.object({ effect: z.string() })).optional(),
    }),
    status: z.object({
      allocatable: z.object({ cpu: z.string(), memory: z.string() }),
      nodeInfo: z.object({ kubeletVersion: z.string() }),
    }),
  }),
);
const classList = list(
  z.object({
    metadata: named.extend({ annotations: z.record(z.string(), z.string()).optional() }),
    provisioner: z.string(),
  }),
);
const driverList = list(z.object({ driver: z.string() }));
const nameList = list(z.object({ metadata: named }));
const serviceList = list(
  z.object({
    metadata: named,
    spec: z.object({ type: z.string().optional() }),
    status: z.object({ loadBalancer: z.object({ ingress: z.array(z.unknown()).optional() }).optional() }).optional(),
  }),
);
const issuerList = list(
  z.object({
    metadata: named,
    status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional() }).optional(),
  }),
);

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const NO_PODS = new Set(["NoSchedule", "NoExecute"]);

/** Asks the API server, all at once; nothing is changed. */
export async function measure(send: Send): Promise<Measured> {
  const get = async <T, R>(path: string, schema: z.ZodType<T>, read: (value: T) => R): Promise<Seen<R>> => {
    const { status, body } = await send("GET", path);
    if (status === 404) return "absent";
    return status === 200 ? { seen: read(schema.parse(JSON.parse(body))) } : "hidden";
  };
  const names = (path: string) => get(path, nameList, ({ items }) => items.map(({ metadata }) => metadata.name));
  const [server, nodes, storageClasses, csiDrivers, snapshotDrivers, ingressClasses, gatewayClasses, all, issuers] =
    await Promise.all([
      get("/version", z.object({ gitVersion: z.string() }), ({ gitVersion }) => gitVersion),
      get("/api/v1/nodes", nodeList, ({ items }) => items.map(nodeOf)),
      get("/apis/storage.k8s.io/v1/storageclasses", classList, ({ items }) =>
        items.map(({ metadata, provisioner }) => ({
          name: metadata.name,
          provisioner,
          isDefault: metadata.annotations?.[DEFAULT_CLASS] === "true",
        })),
      ),
      names("/apis/storage.k8s.io/v1/csidrivers"),
      get("/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses", driverList, ({ items }) =>
        items.map(({ driver }) => driver),
      ),
      names("/apis/networking.k8s.io/v1/ingressclasses"),
      names("/apis/gateway.networking.k8s.io/v1/gatewayclasses"),
      get("/api/v1/services", serviceList, ({ items }) => items),
      get("/apis/cert-manager.io/v1/clusterissuers", issuerList, ({ items }) => new Map(items.map(issuerOf))),
    ]);
  return {
    server,
    nodes,
    storageClasses,
    csiDrivers,
    snapshotDrivers,
    ingressClasses,
    gatewayClasses,
    loadBalancers: mapped(all, (services) =>
      services
        .filter(({ spec }) => spec.type === "LoadBalancer")
        .map(({ metadata, status }) => ({
          name: placeOf(metadata),
          served: (status?.loadBalancer?.ingress ?? []).length > 0,
        })),
    ),
    issuers,
    services: mapped(all, (services) => new Set(services.map(({ metadata }) => placeOf(metadata)))),
    encrypted: await encryption(send),
  };
}

const placeOf = ({ namespace = "", name }: z.infer<typeof named>): string => `${namespace}/${name}`;

const mapped = <T, R>(value: Seen<T>, read: (seen: T) => R): Seen<R> =>
  typeof value === "string" ? value : { seen: read(value.seen) };

function nodeOf({ metadata, spec, status }: z.infer<typeof nodeList>["items"][number]): NodeMeasure {
  return {
    name: metadata.name,
    kubelet: status.nodeInfo.kubeletVersion,
    cpu: status.allocatable.cpu,
    memory: status.allocatable.memory,
    worker: spec.unschedulable !== true && !(spec.taints ?? []).some(({ effect }) => NO_PODS.has(effect)),
  };
}

function issuerOf({ metadata, status }: z.infer<typeof issuerList>["items"][number]): [string, boolean] {
  const ready = (status?.conditions ?? []).some(({ type, status: state }) => type === "Ready" && state === "True");
  return [metadata.name, ready];
}

/** One line per prefix with which something was read or written (kubernetes, staging/src/k8s.io/apiserver, value/metrics.go). */
const ENCRYPTED = /^apiserver_storage_transformation_operations_total\{[^}]*transformer_prefix="k8s:enc[^}]*\} *[1-9]/m;

async function encryption(send: Send): Promise<Seen<boolean>> {
  const { status, body } = await send("GET", "/metrics");
  return status === 200 ? { seen: ENCRYPTED.test(body) } : "hidden";
}
