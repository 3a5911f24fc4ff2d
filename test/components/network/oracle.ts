import { BlockList, isIPv6 } from "node:net";
import type { LabelSelector, NetworkPolicyManifest, NetworkPolicyPeer } from "../../../components/network/manifest";

/*
 * What a set of NetworkPolicies allows, read off the API reference of networking.k8s.io/v1. It shares no code with
 * what computes them: addresses are matched by Node's own BlockList.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
}

/** A pod, or an address outside the pod network. */
export type Endpoint = Pod | { readonly ip: string };

export interface Connection {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

export function selects(selector: LabelSelector, labels: Labels): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const byExpression = (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === "Exists") return value !== undefined;
    if (operator === "DoesNotExist") return value === undefined;
    if (operator === "In") return value !== undefined && values.includes(value);
    return value === undefined || !values.includes(value);
  });
  return byLabel && byExpression;
}

export function inCidr(ip: string, cidr: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  if (isIPv6(ip) !== isIPv6(network)) return false;
  const family = isIPv6(ip) ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(ip, family);
}

function peerMatches(peer: NetworkPolicyPeer, endpoint: Endpoint, own: string): boolean {
  if ("ip" in endpoint) {
    const { ipBlock } = peer;
    if (ipBlock === undefined || !inCidr(endpoint.ip, ipBlock.cidr)) return false;
    return !(ipBlock.except ?? []).some((cidr) => inCidr(endpoint.ip, cidr));
  }
  if (peer.ipBlock !== undefined) return false;
  const namespaceLabels = { "kubernetes.io/metadata.name": endpoint.namespace };
  const inNamespace =
    peer.namespaceSelector === undefined
      ? endpoint.namespace === own
      : selects(peer.namespaceSelector, namespaceLabels);
  return inNamespace && selects(peer.podSelector ?? {}, endpoint.labels);
}

function directionAllows(
  policies: readonly NetworkPolicyManifest[],
  connection: Connection,
  direction: "Ingress" | "Egress",
): boolean {
  const [own, other] = direction === "Ingress" ? [connection.to, connection.from] : [connection.from, connection.to];
  if ("ip" in own) return true;
  const applying = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === own.namespace &&
      spec.policyTypes.includes(direction) &&
      selects(spec.podSelector, own.labels),
  );
  if (applying.length === 0) return true;
  return applying.some(({ spec }) => {
    const rules =
      direction === "Ingress"
        ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
    return rules.some(({ peers, ports }) => {
      const peerOk =
        peers === undefined || peers.length === 0 || peers.some((p) => peerMatches(p, other, own.namespace));
      const portOk =
        ports === undefined ||
        ports.length === 0 ||
        ports.some(
          ({ protocol, port, endPort }) =>
            protocol === connection.protocol &&
            (port === undefined || (connection.port >= port && connection.port <= (endPort ?? port))),
        );
      return peerOk && portOk;
    });
  });
}

/** Whether a connection may be opened: its source may leave, and its target may be reached. */
export function allows(policies: readonly NetworkPolicyManifest[], connection: Connection): boolean {
  return directionAllows(policies, connection, "Egress") && directionAllows(policies, connection, "Ingress");
}
