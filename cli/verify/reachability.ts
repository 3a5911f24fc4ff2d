import * as ipaddr from "ipaddr.js";
import { allPorts, intersection, noPorts, portRange, union, wholeProtocol, type PortSet, type Protocol } from "./ports";
import { selects, type LabelSelector, type Labels } from "../../lib/selectors";

/** NetworkPolicy of networking.k8s.io/v1, as the API server returns it. */
export interface NetworkPolicy {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Labels | undefined };
  readonly spec: {
    readonly podSelector?: LabelSelector | undefined;
    readonly policyTypes?: readonly string[] | undefined;
    readonly ingress?: readonly IngressRule[] | undefined;
    readonly egress?: readonly EgressRule[] | undefined;
  };
}

export interface IngressRule {
  readonly from?: readonly PolicyPeer[] | undefined;
  readonly ports?: readonly PolicyPort[] | undefined;
}

export interface EgressRule {
  readonly to?: readonly PolicyPeer[] | undefined;
  readonly ports?: readonly PolicyPort[] | undefined;
}

export interface PolicyPeer {
  readonly podSelector?: LabelSelector | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] | undefined } | undefined;
}

export interface PolicyPort {
  readonly protocol?: Protocol | undefined;
  readonly port?: number | string | undefined;
  readonly endPort?: number | undefined;
}

export interface ContainerPort {
  readonly name?: string | undefined;
  readonly port: number;
  readonly protocol: Protocol;
}

/** One end of a connection: a pod, or an address outside the cluster (`pod` absent). */
export interface Endpoint {
  readonly pod?: PodIdentity | undefined;
  /** Absent where no address is known: then no `ipBlock` matches. */
  readonly ip?: string | undefined;
  /** Ports that the containers declare; named ports of policies are looked up here. */
  readonly ports: readonly ContainerPort[];
}

export interface PodIdentity {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
}

/** What the policies of one direction say about a pair. */
export interface DirectionVerdict {
  /** False: no policy selects the pod in this direction, so everything is allowed. */
  readonly isolated: boolean;
  readonly ports: PortSet;
  /** The policies that select the pod, each with the ports that it allows for this pair. */
  readonly policies: readonly { readonly policy: NetworkPolicy; readonly ports: PortSet }[];
}

export interface PairVerdict {
  readonly ports: PortSet;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}

type PortMatcher = (destination: Endpoint) => PortSet;
type PeerMatcher = (peer: Endpoint) => boolean;
interface Rule {
  readonly peers: readonly PeerMatcher[] | undefined;
  readonly ports: readonly PortMatcher[] | undefined;
}
interface CompiledPolicy {
  readonly policy: NetworkPolicy;
  readonly podSelector: LabelSelector;
  readonly ingress: readonly Rule[] | undefined;
  readonly egress: readonly Rule[] | undefined;
}
type Direction = "ingress" | "egress";

const open: DirectionVerdict = { isolated: false, ports: allPorts, policies: [] };

/**
 * Decides what NetworkPolicies allow, by the API reference of networking.k8s.io/v1 alone: it shares no code with the
 * generator of the platform's policies, so that one cannot hide the other's mistakes.
 *
 * As the API leaves it to the network plugin, an `ipBlock` is matched against pods' addresses too.
 */
export class Reachability {
  readonly #byNamespace = new Map<string, CompiledPolicy[]>();
  readonly #selecting = new WeakMap<Endpoint, readonly CompiledPolicy[]>();

  constructor(policies: readonly NetworkPolicy[]) {
    for (const policy of policies) {
      const { namespace } = policy.metadata;
      this.#byNamespace.set(namespace, [...(this.#byNamespace.get(namespace) ?? []), compile(policy)]);
    }
  }

  /** The ports of `to` that `from` may connect to: egress and ingress must both allow them. */
  between(from: Endpoint, to: Endpoint): PairVerdict {
    const egress = this.#direction("egress", from, to);
    const ingress = this.#direction("ingress", to, from);
    return { ports: intersection(egress.ports, ingress.ports), egress, ingress };
  }

  #direction(direction: Direction, subject: Endpoint, peer: Endpoint): DirectionVerdict {
    if (subject.pod === undefined) return open;
    const destination = direction === "egress" ? peer : subject;
    const policies: { policy: NetworkPolicy; ports: PortSet }[] = [];
    for (const compiled of this.#policiesOf(subject)) {
      const rules = compiled[direction];
      if (rules === undefined) continue;
      policies.push({ policy: compiled.policy, ports: portsOf(rules, peer, destination) });
    }
    if (policies.length === 0) return open;
    return { isolated: true, ports: union(policies.map(({ ports }) => ports)), policies };
  }

  #policiesOf(endpoint: Endpoint): readonly CompiledPolicy[] {
    const known = this.#selecting.get(endpoint);
    if (known !== undefined) return known;
    const { pod } = endpoint;
    const candidates = pod === undefined ? [] : (this.#byNamespace.get(pod.namespace) ?? []);
    const found = candidates.filter(({ podSelector }) => pod !== undefined && selects(podSelector, pod.labels));
    this.#selecting.set(endpoint, found);
    return found;
  }
}

function portsOf(rules: readonly Rule[], peer: Endpoint, destination: Endpoint): PortSet {
  const matching = rules.filter(({ peers }) => peers === undefined || peers.some((matches) => matches(peer)));
  return union(
    matching.map(({ ports }) => (ports === undefined ? allPorts : union(ports.map((match) => match(destination))))),
  );
}

function compile(policy: NetworkPolicy): CompiledPolicy {
  const { spec, metadata } = policy;
  const types = spec.policyTypes ?? defaultTypes(policy);
  const rules = (direction: Direction, given: readonly Rule[]): readonly Rule[] | undefined =>
    types.some((type) => type.toLowerCase() === direction) ? given : undefined;
  return {
    policy,
    podSelector: spec.podSelector ?? {},
    ingress: rules(
      "ingress",
      (spec.ingress ?? []).map((rule) => compileRule(metadata.namespace, rule.from, rule.ports)),
    ),
    egress: rules(
      "egress",
      (spec.egress ?? []).map((rule) => compileRule(metadata.namespace, rule.to, rule.ports)),
    ),
  };
}

/** NetworkPolicySpec.policyTypes: always Ingress, and Egress where the policy has egress rules. */
const defaultTypes = ({ spec }: NetworkPolicy): readonly string[] =>
  (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];

function compileRule(
  namespace: string,
  peers: readonly PolicyPeer[] | undefined,
  ports: readonly PolicyPort[] | undefined,
): Rule {
  // An empty or missing list matches all peers, or all ports.
  return {
    peers: peers === undefined || peers.length === 0 ? undefined : peers.map((peer) => compilePeer(namespace, peer)),
    ports: ports === undefined || ports.length === 0 ? undefined : ports.map(compilePort),
  };
}

function compilePeer(namespace: string, { ipBlock, namespaceSelector, podSelector }: PolicyPeer): PeerMatcher {
  if (ipBlock !== undefined) {
    const inBlock = cidrMatcher(ipBlock.cidr);
    const excepted = (ipBlock.except ?? []).map(cidrMatcher);
    return ({ ip }) => {
      if (ip === undefined) return false;
      const address = ipaddr.process(ip);
      return inBlock(address) && !excepted.some((inExcept) => inExcept(address));
    };
  }
  const inNamespace = (pod: PodIdentity): boolean =>
    namespaceSelector === undefined ? pod.namespace === namespace : selects(namespaceSelector, pod.namespaceLabels);
  return ({ pod }) =>
    pod !== undefined && inNamespace(pod) && (podSelector === undefined || selects(podSelector, pod.labels));
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function cidrMatcher(cidr: string): (address: Address) => boolean {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return (address) => address.kind() === network.kind() && address.match(network, bits);
}

function compilePort({ protocol = "TCP", port, endPort }: PolicyPort): PortMatcher {
  if (port === undefined) {
    const whole = wholeProtocol(protocol);
    return () => whole;
  }
  if (typeof port === "string") {
    // A name stands for the ports of that name on the destination pod; outside the cluster it stands for nothing.
    return ({ ports }) =>
      union(
        ports
          .filter((candidate) => candidate.name === port && candidate.protocol === protocol)
          .map((candidate) => portRange(protocol, candidate.port)),
      );
  }
  const range = endPort !== undefined && endPort < port ? noPorts : portRange(protocol, port, endPort ?? port);
  return () => range;
}
