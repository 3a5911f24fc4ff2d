import type { Flow, Port } from "../../suite/flow";
import type {
  CiliumEgressRule,
  CiliumEntity,
  CiliumIngressRule,
  CiliumNetworkPolicyManifest,
  CiliumPorts,
} from "./manifest";
import { needsCilium } from "./policies";
import { resolveFlows, type AddressEnd, type NetworkInput } from "./resolve";
import { compareText, distinct, groupBy, metadata, policyName, selectorOf, sortedPorts, subjects } from "./rules";
import type { Rule, Subject } from "./rules";
import type { NetworkSettings } from "../../config/network";

/**
 * What a NetworkPolicy cannot say and Cilium can: egress by host name, the API server and nodes by identity.
 * Cilium adds these to the NetworkPolicies of the same pods, from which the same rules are left out: an address
 * range never matches the API server or a node there (cilium/cilium#16308), and beside a name it
 * would only widen the rule. Empty where the stack's plugin is another one.
 */
export function ciliumPolicies(flows: readonly Flow[], input: NetworkInput): CiliumNetworkPolicyManifest[] {
  if (input.settings.cni !== "cilium") return [];
  return subjects(resolveFlows(flows, input), input)
    .flatMap((subject) => policy(subject, input.settings))
    .sort(
      (a, b) =>
        compareText(a.metadata.namespace, b.metadata.namespace) || compareText(a.metadata.name, b.metadata.name),
    );
}

interface AddressRule {
  readonly end: AddressEnd;
  readonly ports: readonly Port[];
}

function policy(subject: Subject, settings: NetworkSettings): CiliumNetworkPolicyManifest[] {
  const rules = subject.rules.filter(needsCilium);
  const [ingress, egress] = (["ingress", "egress"] as const).map((direction) => addressRules(rules, direction));
  if (rules.length === 0 || ingress === undefined || egress === undefined) return [];
  const named = byName(egress);
  const egressRules = [
    ...(named.length === 0 ? [] : [dnsProxy(settings)]),
    ...named,
    ...byIdentity(egress, entitiesOf),
  ];
  const ingressRules = byIdentity(ingress, sourcesOf);
  return [
    {
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { ...metadata(policyName(subject.pods)), namespace: subject.namespace },
      spec: {
        description: distinct(rules.map(({ text }) => text)).join("; "),
        endpointSelector: selectorOf(subject.pods),
        ...(ingressRules.length === 0
          ? {}
          : {
              ingress: ingressRules.map(({ entities, toPorts }): CiliumIngressRule => ({
                fromEntities: entities,
                toPorts,
              })),
            }),
        ...(egressRules.length === 0
          ? {}
          : { egress: egressRules.map((rule): CiliumEgressRule => ("entities" in rule ? toEntities(rule) : rule)) }),
      },
    },
  ];
}

function addressRules(rules: readonly Rule[], direction: Rule["direction"]): AddressRule[] {
  return rules.flatMap((rule) =>
    rule.direction === direction && rule.peer.kind === "addresses" ? [{ end: rule.peer, ports: rule.ports }] : [],
  );
}

interface EntityRule {
  readonly entities: readonly CiliumEntity[];
  readonly toPorts: readonly CiliumPorts[];
}

const toEntities = ({ entities, toPorts }: EntityRule): CiliumEgressRule => ({ toEntities: entities, toPorts });

const entitiesOf: Readonly<Record<NonNullable<AddressEnd["entity"]>, readonly CiliumEntity[]>> = {
  "kube-apiserver": ["kube-apiserver"],
  nodes: ["host", "remote-node"],
};

/** An API server on another node comes as remote-node, from that node's cilium_host (cilium/cilium#43260, #35401). */
const sourcesOf: typeof entitiesOf = { ...entitiesOf, "kube-apiserver": ["kube-apiserver", "remote-node"] };

function byIdentity(rules: readonly AddressRule[], entities: typeof entitiesOf): EntityRule[] {
  return (["kube-apiserver", "nodes"] as const).flatMap((entity) => {
    const ports = rules.filter(({ end }) => end.entity === entity).flatMap((rule) => rule.ports);
    return ports.length === 0 ? [] : [{ entities: entities[entity], toPorts: [ciliumPorts(ports)] }];
  });
}

/** One rule per name's set of ports. */
function byName(rules: readonly AddressRule[]): CiliumEgressRule[] {
  const single = rules.flatMap(({ end, ports }) => end.hosts.map((host) => ({ host, ports })));
  const perHost = groupBy(single, ({ host }) => host).map((group) => ({
    hosts: group.slice(0, 1).map(({ host }) => host),
    toPorts: ciliumPorts(group.flatMap(({ ports }) => ports)),
  }));
  return groupBy(perHost, ({ toPorts }) => JSON.stringify(toPorts)).flatMap((group) =>
    group.slice(0, 1).map(({ toPorts }) => ({
      toFQDNs: distinct(group.flatMap(({ hosts }) => hosts)).map((host) =>
        host.includes("*") ? { matchPattern: host } : { matchName: host },
      ),
      toPorts: [toPorts],
    })),
  );
}

/** Names are learnt from answers that pass Cilium's DNS proxy; without this rule no name ever matches. */
function dnsProxy({ dns }: NetworkSettings): CiliumEgressRule {
  return {
    toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": dns.namespace, ...dns.podLabels } }],
    toPorts: [
      {
        ports: dns.ports.map((port) => ({ port: `${port}`, protocol: "ANY" as const })),
        rules: { dns: [{ matchPattern: "*" }] },
      },
    ],
  };
}

function ciliumPorts(ports: readonly Port[]): CiliumPorts {
  return {
    ports: sortedPorts(ports).map((port) =>
      typeof port === "number"
        ? { port: `${port}`, protocol: "TCP" }
        : {
            // Port 0 is every port of the protocol.
            port: `${port.port ?? 0}`,
            ...(port.endPort === undefined ? {} : { endPort: port.endPort }),
            protocol: port.protocol,
          },
    ),
  };
}
