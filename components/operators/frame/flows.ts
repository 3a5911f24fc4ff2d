import type { Flow, OperatorPeer, PodGroup, Port } from "../../../suite/flow";
import { mirrorsOf, type Facts } from "./facts";

const OPERATORS_MD = "components/operators";

/** Pods of one part of an operator, by the labels that its chart gives them. */
export function group(name: string, labels: Readonly<Record<string, string>>): PodGroup {
  return { name, labels };
}

export function peer(namespace: string, pods?: PodGroup): OperatorPeer {
  return pods === undefined ? { kind: "operator", namespace } : { kind: "operator", namespace, pods };
}

/** The API server calls an admission, conversion or aggregation endpoint. */
export function webhook(namespace: string, pods: PodGroup, port: number, why: string): Flow {
  return {
    from: { kind: "kubeApi" },
    to: peer(namespace, pods),
    ports: [port],
    why,
    source: `${OPERATORS_MD}: webhooks`,
  };
}

/** A controller reads and writes the Kubernetes API. */
export function kubeApi(namespace: string, pods: PodGroup, why: string): Flow {
  return { from: peer(namespace, pods), to: { kind: "kubeApi" }, why, source: `${OPERATORS_MD}: API access` };
}

/** Prometheus reads metrics. */
export function scrape(namespace: string, pods: PodGroup, ...ports: readonly number[]): Flow {
  return {
    from: { kind: "monitoring" },
    to: peer(namespace, pods),
    ports: [...ports],
    why: `Metrics of ${pods.name}`,
    source: `${OPERATORS_MD}: monitors`,
  };
}

/** Pods of the stack to pods of the stack. */
export function between(from: OperatorPeer, to: OperatorPeer, ports: readonly Port[], why: string): Flow {
  return { from, to, ports, why, source: `${OPERATORS_MD}: in-cluster traffic` };
}

/** Pods of the stack to pods in a namespace of others: the permission at their end is theirs to give. */
export function foreign(
  from: OperatorPeer,
  to: { namespace: string; pods: PodGroup },
  ports: readonly Port[],
  why: string,
): Flow {
  return { from, to: { kind: "foreign", ...to }, ports, why, source: `${OPERATORS_MD}: namespaces of others` };
}

/** A place outside the cluster. Without CIDRs: the public internet, or only `hosts` where the network plugin can do that. */
export interface Outside {
  readonly name: string;
  readonly hosts?: readonly string[];
  readonly cidrs?: readonly string[];
  readonly ports?: readonly number[];
}

/** Pods of the stack to a place outside the cluster. */
export function outside(from: OperatorPeer, to: Outside, why: string): Flow {
  return {
    from,
    to: {
      kind: "address",
      name: to.name,
      ...(to.hosts === undefined || to.hosts.length === 0 ? {} : { hosts: to.hosts }),
      ...(to.cidrs === undefined || to.cidrs.length === 0 ? {} : { cidrs: to.cidrs }),
    },
    ports: to.ports ?? [443],
    why,
    source: `${OPERATORS_MD}: outside the cluster`,
  };
}

/** Container registries: on 443, and on the ports of mirrors that have their own. */
export function registries(
  { images }: Pick<Facts, "images">,
  from: OperatorPeer,
  cidrs: readonly string[],
  why: string,
): Flow {
  const own = mirrorsOf(images).map((place) => Number(/^[^/]+:(\d+)/.exec(place)?.[1] ?? 443));
  return outside(from, { name: "registries", cidrs, ports: [...new Set([443, ...own])] }, why);
}

/** Object storage at a URL: without path style a bucket has a host of its own, on Amazon also for clients that ignore it. */
export function bucket(
  name: string,
  store: { url: string; bucket: string; pathStyle: boolean; cidrs: readonly string[] },
): Outside {
  const place = endpoint(name, store.url, store.cidrs);
  const { hostname } = new URL(store.url);
  const own = store.pathStyle && !hostname.endsWith(".amazonaws.com") ? [] : [`${store.bucket}.${hostname}`];
  return { ...place, hosts: [hostname, ...own] };
}

/** Host and port of a URL, for a flow to it. */
export function endpoint(name: string, url: string, cidrs: readonly string[] = []): Outside {
  const { hostname, port, protocol } = new URL(url);
  const standard = protocol === "http:" ? 80 : 443;
  return { name, hosts: [hostname], cidrs, ports: [port === "" ? standard : Number(port)] };
}

/** `https://store.namespace.svc:8200` runs in the cluster: its namespace, else undefined. */
export function serviceNamespace(url: string): string | undefined {
  return /^[^.]+\.([a-z0-9-]+)\.svc(\.|$)/.exec(new URL(url).hostname)?.[1];
}
