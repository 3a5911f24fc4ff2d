import { z } from "zod";
import type { LoadedConfig } from "../config/load";
import { parseQuantity } from "../lib/quantity";
import type { Counted } from "./cluster/checks";
import type { Known } from "./cluster/dedicated";
import type { Manifest } from "./kubernetes-object";
import { suiteNamespaces } from "./namespace/suite";
import { driverOf, storageClass } from "./operators/storage";

const storageSettings = z.looseObject({ enabled: z.boolean().default(true), class: storageClass });
const veleroSettings = z.looseObject({ enabled: z.boolean().default(true) });
const storeSettings = z.looseObject({ openbao: z.looseObject({ server: z.string() }).optional() });
const quota = z.object({ spec: z.object({ hard: z.record(z.string(), z.string()) }) });

/** What a stack counts on of its cluster and does not bring itself. */
export function countedOf(config: LoadedConfig): Counted {
  const { edge, storage, operators } = config;
  const made = storageSettings.safeParse(operators["storage"]);
  const driver = made.data?.enabled === true ? driverOf(made.data.class)?.provisioner : undefined;
  const velero = veleroSettings.safeParse(operators["velero"]);
  return {
    storage: { name: storage.default, ...(driver === undefined ? {} : { driver }) },
    snapshots: velero.data?.enabled === true,
    edge: { kind: edge.routing === "gateway" ? "GatewayClass" : "IngressClass", name: edge.className },
    issuer: edge.clusterIssuer,
    secretStore: serviceOf(storeSettings.parse(operators["external-secrets"] ?? {}).openbao?.server),
    requests: requestsOf(config),
  };
}

/** `openbao/openbao` of `https://openbao.openbao.svc:8200`; undefined for a host outside the cluster. */
function serviceOf(server: string | undefined): string | undefined {
  const { name, namespace } =
    /^https:\/\/(?<name>[a-z0-9-]+)\.(?<namespace>[a-z0-9-]+)\.svc\b/.exec(server ?? "")?.groups ?? {};
  return name === undefined || namespace === undefined ? undefined : `${namespace}/${name}`;
}

/** Where pods may be on a cluster that is said to be the stack's own; undefined for one that others use too. */
export function knownNamespaces(config: LoadedConfig, own: readonly string[]): Known | undefined {
  const { cluster, network, operators } = config;
  if (!cluster.dedicated && network.clusterDefaultDeny !== "cluster") return undefined;
  const store = serviceOf(storeSettings.parse(operators["external-secrets"] ?? {}).openbao?.server);
  const others = [
    network.ingress.namespace,
    network.dns.namespace,
    ...(store === undefined ? [] : store.split("/", 1)),
  ];
  return {
    namespaces: [...new Set([...own, ...network.exemptNamespaces, ...others])].sort(),
    prefixes: cluster.distribution === "openshift" ? ["openshift-"] : [],
  };
}

/** What all quotas of the suite come to. */
function requestsOf(config: LoadedConfig): Counted["requests"] {
  const limits: Manifest[] = suiteNamespaces(config, "v1.33").flatMap((namespace) => namespace.limits);
  const quotas = limits.flatMap((object) => {
    const parsed = quota.safeParse(object);
    return parsed.success ? [parsed.data.spec.hard] : [];
  });
  const total = (resource: string): number =>
    quotas.reduce((sum, hard) => sum + (parseQuantity(hard[resource] ?? "0")?.asApproximateFloat() ?? 0), 0);
  return { cpu: total("requests.cpu"), memory: total("requests.memory") };
}
