import { ConfigError } from "../../config/errors";
import { describePort, type PodGroup, type Port } from "../../suite/flow";
import type { LabelSelector, Metadata } from "./manifest";
import { managedLabels } from "../namespace/labels";
import { ownedNamespaces, type End, type NetworkInput, type ResolvedFlow } from "./resolve";

/** One direction of one flow, as the pods on one end of it see it. */
export interface Rule {
  readonly direction: "ingress" | "egress";
  readonly peer: End;
  readonly ports: readonly Port[];
  readonly text: string;
}

/** Pods that get a policy, and all that it holds. */
export interface Subject {
  readonly namespace: string;
  readonly pods: PodGroup;
  readonly rules: readonly Rule[];
}

/** JSON with sorted keys: equal for equal values, whatever order they were written in. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareText(a, b)))
      : part,
  );
}

/** Order by code unit: the same on every machine, whatever its locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorted by content, without duplicates. */
export function distinct<T>(values: readonly T[]): T[] {
  const byContent = new Map(values.map((value) => [canonical(value), value]));
  return [...byContent].sort(([a], [b]) => compareText(a, b)).map(([, value]) => value);
}

/** Values by key, in the order of keys. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const name = key(value);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value]);
    else group.push(value);
  }
  return [...groups].sort(([a], [b]) => compareText(a, b)).map(([, group]) => group);
}

/** Both ends of every flow, gathered per group of pods, for the namespaces that the stack owns. */
export function subjects(flows: readonly ResolvedFlow[], input: NetworkInput): Subject[] {
  const owned = new Set(ownedNamespaces(input));
  const ends = flows.flatMap((flow) => [
    { at: flow.to, rule: { direction: "ingress", peer: flow.from, ports: flow.ports, text: flow.text } as const },
    { at: flow.from, rule: { direction: "egress", peer: flow.to, ports: flow.ports, text: flow.text } as const },
  ]);
  const local = ends.flatMap(({ at, rule }) => (at.kind === "pods" && owned.has(at.namespace) ? [{ at, rule }] : []));
  const grouped = groupBy(local, ({ at }) => `${at.namespace}/${at.pods.name}`).map((group) => {
    const first = group[0];
    if (first === undefined) throw new Error("unreachable: groups are never empty");
    const { namespace, pods } = first.at;
    const clash = group.find(({ at }) => canonical(selectorOf(at.pods)) !== canonical(selectorOf(pods)));
    if (clash !== undefined) {
      throw new ConfigError([
        `network: pods "${pods.name}" of namespace ${namespace} are selected by ${canonical(selectorOf(pods))} and by ` +
          `${canonical(selectorOf(clash.at.pods))}: the stack installs them, and knows their labels. Remove the podLabels that name others`,
      ]);
    }
    return { namespace, pods, rules: group.map(({ rule }) => rule) };
  });
  return grouped.filter(({ rules }) => rules.length > 0);
}

export function selectorOf({ labels, expressions }: PodGroup): LabelSelector {
  return {
    ...(Object.keys(labels).length === 0 ? {} : { matchLabels: labels }),
    ...(expressions === undefined || expressions.length === 0 ? {} : { matchExpressions: expressions }),
  };
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Name of the policy of a group of pods. */
export function policyName(pods: PodGroup): string {
  const name = `allow-${pods.name}`;
  if (name.length > 63 || !DNS_LABEL.test(name)) {
    throw new Error(
      `"${name}" is not a DNS label of at most 63 characters, so it cannot name a policy; rename the group of pods "${pods.name}"`,
    );
  }
  return name;
}

export const metadata = (name: string, annotations?: Readonly<Record<string, string>>): Metadata => ({
  name,
  labels: managedLabels,
  ...(annotations === undefined ? {} : { annotations }),
});

/** Ports by protocol and number; those inside a wider one of the list are left out. */
export function sortedPorts(ports: readonly Port[]): Port[] {
  const unique = [...new Map(ports.map((port) => [describePort(port), port])).values()];
  return unique
    .filter((port) => !unique.some((other) => other !== port && covers(other, port)))
    .sort((a, b) => compareRanges(rangeOf(a), rangeOf(b)));
}

interface FullRange {
  readonly protocol: "TCP" | "UDP";
  readonly first: number;
  readonly last: number;
}

function rangeOf(port: Port): FullRange {
  if (typeof port === "number") return { protocol: "TCP", first: port, last: port };
  const first = port.port ?? 1;
  return { protocol: port.protocol, first, last: port.endPort ?? port.port ?? 65535 };
}

function covers(outer: Port, inner: Port): boolean {
  const a = rangeOf(outer);
  const b = rangeOf(inner);
  return a.protocol === b.protocol && a.first <= b.first && a.last >= b.last;
}

const compareRanges = (a: FullRange, b: FullRange): number =>
  compareText(a.protocol, b.protocol) || a.first - b.first || a.last - b.last;
