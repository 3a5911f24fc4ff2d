import { NAMESPACE_NAME_LABEL, PREFIX } from "../../lib/labels";
import { isAddress, singleAddress } from "../../lib/cidr";
import type { Flow, Port } from "../../suite/flow";
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyManifest,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "./manifest";
import { ownedNamespaces, resolveFlows, type End, type NetworkInput } from "./resolve";
import {
  canonical,
  compareText,
  distinct,
  groupBy,
  metadata,
  policyName,
  selectorOf,
  sortedPorts,
  subjects,
  type Rule,
  type Subject,
} from "./rules";
import type { NetworkSettings } from "../../config/network";

/** Reasons of all that a policy allows, for `kubectl describe`. */
export const WHY_ANNOTATION = `${PREFIX}why`;
/** Present where a port is open to every source; its value is the reason that the stack gives. */
export const OPEN_ANNOTATION = `${PREFIX}open-without-source`;

const API_VERSION = "networking.k8s.io/v1";

/**
 * The NetworkPolicies of every namespace that the stack owns: default deny in both directions, DNS, and then one
 * policy per group of pods with all that the flows allow it. Both ends of a flow come from the one entry.
 * The order of `flows` does not matter, and adding one never takes a permission away.
 */
export function networkPolicies(flows: readonly Flow[], input: NetworkInput): NetworkPolicyManifest[] {
  const baseline = ownedNamespaces(input).flatMap((namespace) => [
    defaultDeny(namespace),
    allowDns(namespace, input.settings),
  ]);
  const computed = subjects(resolveFlows(flows, input), input).flatMap((subject) => policy(subject, input.settings));
  return [...baseline, ...computed].sort(
    (a, b) => compareText(a.metadata.namespace, b.metadata.namespace) || compareText(a.metadata.name, b.metadata.name),
  );
}

function defaultDeny(namespace: string): NetworkPolicyManifest {
  return {
    apiVersion: API_VERSION,
    kind: "NetworkPolicy",
    metadata: { ...metadata("default-deny"), namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

function allowDns(namespace: string, { dns }: NetworkSettings): NetworkPolicyManifest {
  const bothProtocols = (ports: readonly number[]): Port[] =>
    ports.flatMap((port): Port[] => [port, { protocol: "UDP", port }]);
  const cluster: NetworkPolicyEgressRule = {
    to: [podsPeer(dns.namespace, { matchLabels: dns.podLabels })],
    ports: bothProtocols(dns.ports).map(policyPort),
  };
  const local: NetworkPolicyEgressRule[] =
    dns.nodeLocalIp === undefined || !isAddress(dns.nodeLocalIp)
      ? []
      : [{ to: [{ ipBlock: { cidr: singleAddress(dns.nodeLocalIp) } }], ports: bothProtocols([53]).map(policyPort) }];
  return {
    apiVersion: API_VERSION,
    kind: "NetworkPolicy",
    metadata: { ...metadata("default-allow-dns"), namespace },
    spec: { podSelector: {}, policyTypes: ["Egress"], egress: [cluster, ...local] },
  };
}

/** Rules that a NetworkPolicy can express as well as the plugin's own kind does. */
function isPortable(rule: Rule, settings: NetworkSettings): boolean {
  return settings.cni !== "cilium" || !needsCilium(rule);
}

/** With Cilium, names and identities replace address ranges; a range beside them would only widen the rule. */
export function needsCilium({ direction, peer }: Rule): boolean {
  if (peer.kind !== "addresses") return false;
  return peer.entity !== undefined || (direction === "egress" && peer.hosts.length > 0);
}

function policy(subject: Subject, settings: NetworkSettings): NetworkPolicyManifest[] {
  const rules = subject.rules.filter((rule) => isPortable(rule, settings));
  if (rules.length === 0) return [];
  const ingress = merged(rules.filter(({ direction }) => direction === "ingress"));
  const egress = merged(rules.filter(({ direction }) => direction === "egress"));
  const ingressRules = ingress.map(({ peers, ports }): NetworkPolicyIngressRule =>
    peers === "anywhere" ? { ports } : { from: peers, ports },
  );
  const egressRules = egress.map(({ peers, ports }): NetworkPolicyEgressRule => {
    if (peers === "anywhere") throw new Error("unreachable: only the API server's calls have no known source");
    return { to: peers, ports };
  });
  return [
    {
      apiVersion: API_VERSION,
      kind: "NetworkPolicy",
      metadata: { ...metadata(policyName(subject.pods), annotations(rules)), namespace: subject.namespace },
      spec: {
        podSelector: selectorOf(subject.pods),
        policyTypes: [
          ...(ingressRules.length === 0 ? [] : (["Ingress"] as const)),
          ...(egressRules.length === 0 ? [] : (["Egress"] as const)),
        ],
        ...(ingressRules.length === 0 ? {} : { ingress: ingressRules }),
        ...(egressRules.length === 0 ? {} : { egress: egressRules }),
      },
    },
  ];
}

function annotations(rules: readonly Rule[]): Record<string, string> {
  const open = distinct(rules.flatMap(({ peer }) => (peer.kind === "anywhere" ? [peer.reason] : [])));
  return {
    [WHY_ANNOTATION]: distinct(rules.map(({ text }) => text)).join("\n"),
    ...(open.length === 0 ? {} : { [OPEN_ANNOTATION]: open.join("\n") }),
  };
}

interface MergedRule {
  readonly peers: readonly NetworkPolicyPeer[] | "anywhere";
  readonly ports: readonly NetworkPolicyPort[];
}

interface PeerPorts {
  readonly peer: NetworkPolicyPeer | "anywhere";
  readonly ports: readonly Port[];
}

/** One rule per set of ports. Every peer keeps exactly the ports that its flows name. */
function merged(rules: readonly Rule[]): MergedRule[] {
  const single = rules.flatMap(({ peer, ports }) => policyPeers(peer).map((one): PeerPorts => ({ peer: one, ports })));
  const byPeer = groupBy(single, ({ peer }) => canonical(peer)).map((group) => ({
    peers: group.map(({ peer }) => peer).slice(0, 1),
    ports: sortedPorts(group.flatMap(({ ports }) => ports)).map(policyPort),
  }));
  const isOpen = ({ peers }: (typeof byPeer)[number]): boolean => peers.includes("anywhere");
  const closed = groupBy(
    byPeer.filter((rule) => !isOpen(rule)),
    ({ ports }) => canonical(ports),
  ).flatMap((group): MergedRule[] => {
    const peers = distinct(group.flatMap((rule) => rule.peers).filter((peer) => peer !== "anywhere"));
    return group.slice(0, 1).map(({ ports }) => ({ peers, ports }));
  });
  return [...byPeer.filter(isOpen).map(({ ports }): MergedRule => ({ peers: "anywhere", ports })), ...closed];
}

function policyPeers(end: End): (NetworkPolicyPeer | "anywhere")[] {
  switch (end.kind) {
    case "pods":
      return [podsPeer(end.namespace, selectorOf(end.pods))];
    case "addresses":
      return end.blocks.map((ipBlock) => ({ ipBlock }));
    case "anywhere":
      return ["anywhere"];
  }
}

/** The namespace is always named: a peer without it would mean the policy's own. */
function podsPeer(namespace: string, podSelector: NonNullable<NetworkPolicyPeer["podSelector"]>): NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    ...(Object.keys(podSelector).length === 0 ? {} : { podSelector }),
  };
}

function policyPort(port: Port): NetworkPolicyPort {
  return typeof port === "number"
    ? { protocol: "TCP", port }
    : {
        protocol: port.protocol,
        ...(port.port === undefined ? {} : { port: port.port }),
        ...(port.endPort === undefined ? {} : { endPort: port.endPort }),
      };
}
