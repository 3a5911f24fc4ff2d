import { describePeer, singleFlows, type Flow, type SingleFlow } from "../../suite/flow";
import { label } from "../../lib/labels";
import { Ends, flowPorts, holds, isWorkload, type NamedEndpoint, type World } from "./endpoints";
import type { BeyondRow, FlowRow } from "./model";
import {
  covers,
  difference,
  formatPorts,
  intersection,
  isEmpty,
  noPorts,
  portRange,
  union,
  type PortSet,
} from "./ports";
import { Reachability, type NetworkPolicy, type PairVerdict } from "./reachability";
import { widePolicies } from "./upstream";

/** A flow of the table as it is needed here: who must be able to connect to whom. */
interface Required {
  readonly from: string;
  readonly to: string;
  readonly why: string;
  readonly source: string;
  readonly ports: PortSet;
  readonly sources: readonly NamedEndpoint[];
  readonly targets: readonly NamedEndpoint[];
}

export interface NetworkReport {
  readonly flows: readonly FlowRow[];
  readonly beyond: readonly BeyondRow[];
}

/** Judges the flows table and looks for everything that is reachable beyond it. */
export function judgeNetwork(table: readonly Flow[], policies: readonly NetworkPolicy[], world: World): NetworkReport {
  const ends = new Ends(world);
  const required = [...requiredFlows(table, ends), dnsOfAll(ends)];
  const all = new Reachability(policies);
  return {
    flows: required.map((flow) => judgeFlow(flow, all)),
    beyond: beyond(required, ends, { all, platform: new Reachability(policies.filter(isPlatform)) }),
  };
}

const isPlatform = ({ metadata }: NetworkPolicy): boolean => metadata.labels?.[label.managed] === "true";

function requiredFlows(table: readonly Flow[], ends: Ends): Required[] {
  const { settings } = ends.world;
  return singleFlows(table)
    .filter((flow) => (flow.when ?? []).every((condition) => holds(condition, settings)))
    .map((flow) => requiredFlow(flow, ends));
}

function requiredFlow(flow: SingleFlow, ends: Ends): Required {
  const { why, source } = flow;
  const target = ends.resolve(flow.to);
  const ports = flow.ports === undefined ? (target.ports ?? noPorts) : flowPorts(flow.ports);
  const named = { from: describePeer(flow.from), to: describePeer(flow.to) };
  return { ...named, why, source, ports, sources: ends.resolve(flow.from).ends, targets: target.ends };
}

/** Part of every namespace's baseline rather than of the table. */
function dnsOfAll(ends: Ends): Required {
  const dns = ends.resolve({ kind: "dns" });
  return {
    from: "every pod",
    to: "cluster DNS",
    why: "names of Services and hosts",
    source: "Kubernetes, DNS for Services and Pods",
    ports: dns.ports ?? noPorts,
    sources: ends.workloads(),
    targets: dns.ends,
  };
}

function judgeFlow(flow: Required, reachability: Reachability): FlowRow {
  const { from, to, why, source, ports } = flow;
  const row = { from, to, ports: formatPorts(ports), why, source };
  if (flow.sources.length === 0 || flow.targets.length === 0) return { ...row, verdict: "absent", blocked: [] };
  const blocked = flow.sources.flatMap((client) =>
    flow.targets.flatMap((server) => {
      const verdict = reachability.between(client.endpoint, server.endpoint);
      return covers(verdict.ports, ports) ? [] : [blockedBy({ client, server, ports, verdict })];
    }),
  );
  return { ...row, verdict: blocked.length === 0 ? "allowed" : "blocked", blocked };
}

interface BlockedPair {
  readonly client: NamedEndpoint;
  readonly server: NamedEndpoint;
  readonly ports: PortSet;
  readonly verdict: PairVerdict;
}

function blockedBy({ client, server, ports, verdict }: BlockedPair): string {
  const sides = (["egress", "ingress"] as const).flatMap((side) => {
    const missing = difference(ports, verdict[side].ports);
    if (isEmpty(missing)) return [];
    const names = verdict[side].policies.map(({ policy }) => policy.metadata.name);
    const subject = side === "egress" ? client.name : server.name;
    return [`no ${side} policy of ${subject} allows ${formatPorts(missing)} (${names.join(", ")})`];
  });
  return `${client.name} -> ${server.name}: ${sides.join("; ")}`;
}

interface Excess {
  readonly from: NamedEndpoint;
  readonly to: NamedEndpoint;
  readonly ports: PortSet;
  readonly cause: BeyondRow["cause"];
  readonly policies: readonly string[];
}

interface Judges {
  readonly all: Reachability;
  readonly platform: Reachability;
}

function beyond(required: readonly Required[], ends: Ends, judges: Judges): BeyondRow[] {
  const workloads = ends.workloads();
  const others = uniqueEnds([
    ...ends.ingressController().ends,
    ...ends.resolve({ kind: "monitoring" }).ends,
    ...ends.resolve({ kind: "dns" }).ends,
    ...ends.strangers(),
  ]);
  const needed = neededPorts(required);
  const everyone = [...workloads, ...others];
  const excesses = everyone.flatMap((from) =>
    everyone
      .filter((to) => workloads.includes(from) || workloads.includes(to))
      .flatMap((to) => excessOf({ from, to }, needed.get(pairKey(from, to)) ?? noPorts, judges)),
  );
  return grouped(excesses);
}

const uniqueEnds = (ends: readonly NamedEndpoint[]): NamedEndpoint[] => [...new Set(ends)];

const pairKey = (from: NamedEndpoint, to: NamedEndpoint): string => `${from.name}\n${to.name}`;

function neededPorts(required: readonly Required[]): Map<string, PortSet> {
  const needed = new Map<string, PortSet>();
  for (const { sources, targets, ports } of required) {
    for (const from of sources) {
      for (const to of targets) {
        const key = pairKey(from, to);
        needed.set(key, union([needed.get(key) ?? noPorts, ports]));
      }
    }
  }
  return needed;
}

/** What a pair can do and need not: the platform's part first, the rest is the suite's doing. */
function excessOf(pair: { from: NamedEndpoint; to: NamedEndpoint }, needed: PortSet, judges: Judges): Excess[] {
  const { from, to } = pair;
  const verdict = judges.all.between(from.endpoint, to.endpoint);
  const ports = difference(verdict.ports, needed);
  if (isEmpty(ports)) return [];
  const ofPlatform = intersection(judges.platform.between(from.endpoint, to.endpoint).ports, ports);
  const unprotected = [
    ...(from.endpoint.pod !== undefined && isOwn(from) && !verdict.egress.isolated
      ? [`no egress policy selects ${from.name}`]
      : []),
    ...(to.endpoint.pod !== undefined && isOwn(to) && !verdict.ingress.isolated
      ? [`no ingress policy selects ${to.name}`]
      : []),
  ];
  const platform = unprotected.length > 0 ? ports : ofPlatform;
  const suite = difference(ports, platform);
  const row = (part: PortSet, cause: Excess["cause"]): Excess[] =>
    isEmpty(part)
      ? []
      : [
          {
            from,
            to,
            ports: part,
            cause,
            policies: cause === "platform" && unprotected.length > 0 ? unprotected : letThrough(verdict, part, cause),
          },
        ];
  return [...row(platform, "platform"), ...row(suite, "suite")];
}

/** Only the suite's own workloads are ours to isolate; of other ends nothing is known. */
const isOwn = ({ name }: NamedEndpoint): boolean => isWorkload(name);

function letThrough(verdict: PairVerdict, ports: PortSet, cause: Excess["cause"]): string[] {
  return [...verdict.egress.policies, ...verdict.ingress.policies]
    .filter(({ policy }) => isPlatform(policy) === (cause === "platform"))
    .filter((entry) => !isEmpty(intersection(entry.ports, ports)))
    .map(({ policy }) => `${policy.metadata.namespace}/${policy.metadata.name}`);
}

/** One row per target, ports and cause. */
function grouped(excesses: readonly Excess[]): BeyondRow[] {
  const groups = new Map<string, Excess[]>();
  for (const excess of excesses) {
    const key = [excess.cause, excess.to.name, formatPorts(excess.ports)].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), excess]);
  }
  return [...groups.values()].flatMap((group): BeyondRow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const declared = union(first.to.endpoint.ports.map(({ protocol, port }) => portRange(protocol, port)));
    const row: BeyondRow = {
      from: group.map(({ from }) => from.name),
      to: first.to.name,
      ports: formatPorts(first.ports),
      listening: formatPorts(intersection(first.ports, declared)),
      cause: first.cause,
      policies: [...new Set(group.flatMap(({ policies }) => policies))].sort(),
    };
    return [first.cause === "suite" ? { ...row, explanation: widePolicies } : row];
  });
}
