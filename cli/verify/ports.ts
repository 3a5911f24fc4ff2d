/** Sets of ports per protocol, as sorted disjoint intervals: what a policy allows is exact, never sampled. */
export const protocols = ["TCP", "UDP", "SCTP"] as const;
export type Protocol = (typeof protocols)[number];

/** Closed interval of port numbers. */
export type Interval = readonly [first: number, last: number];
export type PortSet = Readonly<Record<Protocol, readonly Interval[]>>;

const LAST_PORT = 65535;

const build = (of: (protocol: Protocol) => readonly Interval[]): PortSet => ({
  TCP: of("TCP"),
  UDP: of("UDP"),
  SCTP: of("SCTP"),
});

export const noPorts: PortSet = build(() => []);
export const allPorts: PortSet = build(() => [[1, LAST_PORT]]);

/** One port or one range of one protocol. */
export function portRange(protocol: Protocol, first: number, last: number = first): PortSet {
  return build((candidate) => (candidate === protocol ? [[first, last]] : []));
}

/** Every port of one protocol. */
export const wholeProtocol = (protocol: Protocol): PortSet => portRange(protocol, 1, LAST_PORT);

export function union(sets: readonly PortSet[]): PortSet {
  const given = sets.filter((set) => !isEmpty(set));
  const [only] = given;
  if (given.length <= 1) return only ?? noPorts;
  return build((protocol) => merge(given.flatMap((set) => set[protocol])));
}

export function intersection(a: PortSet, b: PortSet): PortSet {
  if (a === allPorts || isEmpty(b)) return b;
  if (b === allPorts || isEmpty(a)) return a;
  return build((protocol) =>
    a[protocol].flatMap(([first, last]) =>
      b[protocol]
        .map(([otherFirst, otherLast]): Interval => [Math.max(first, otherFirst), Math.min(last, otherLast)])
        .filter(([from, to]) => from <= to),
    ),
  );
}

export function difference(a: PortSet, b: PortSet): PortSet {
  return build((protocol) => b[protocol].reduce<readonly Interval[]>(without, a[protocol]));
}

export const isEmpty = (set: PortSet): boolean => protocols.every((protocol) => set[protocol].length === 0);

export const contains = (set: PortSet, protocol: Protocol, port: number): boolean =>
  set[protocol].some(([first, last]) => first <= port && port <= last);

/** Whether every port of `part` is in `whole`. */
export const covers = (whole: PortSet, part: PortSet): boolean => isEmpty(difference(part, whole));

/** Number of ports, all protocols together. */
export const count = (set: PortSet): number =>
  protocols.reduce((sum, protocol) => sum + set[protocol].reduce((n, [first, last]) => n + last - first + 1, 0), 0);

/** `8080, 9000-9100, 53/UDP`; TCP goes without saying, a whole protocol is `all TCP`. */
export function formatPorts(set: PortSet): string {
  if (protocols.every((protocol) => isWhole(set[protocol]))) return "all ports";
  const parts = protocols.flatMap((protocol) =>
    isWhole(set[protocol]) ? [`all ${protocol}`] : set[protocol].map((interval) => formatInterval(interval, protocol)),
  );
  return parts.length === 0 ? "none" : parts.join(", ");
}

function formatInterval([first, last]: Interval, protocol: Protocol): string {
  const range = first === last ? `${first}` : `${first}-${last}`;
  return protocol === "TCP" ? range : `${range}/${protocol}`;
}

const isWhole = (intervals: readonly Interval[]): boolean =>
  intervals.length === 1 && intervals[0]?.[0] === 1 && intervals[0][1] === LAST_PORT;

function merge(intervals: readonly Interval[]): Interval[] {
  const merged: [number, number][] = [];
  for (const [first, last] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

function without(intervals: readonly Interval[], [cutFirst, cutLast]: Interval): Interval[] {
  return intervals.flatMap(([first, last]): Interval[] => {
    if (cutLast < first || last < cutFirst) return [[first, last]];
    const before: Interval[] = first < cutFirst ? [[first, cutFirst - 1]] : [];
    const after: Interval[] = cutLast < last ? [[cutLast + 1, last]] : [];
    return [...before, ...after];
  });
}
