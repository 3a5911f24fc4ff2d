import { isWorkload } from "./endpoints";
import type { BeyondRow } from "./model";

/** One pair of ends with the ports that are open between them and that no flow needs. */
interface Pair {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
}

const OUTSIDE = "everything outside the suite";

/** What is reachable beyond the flows table, from the side of who is too open. */
export function renderBeyond(rows: readonly BeyondRow[]): string[] {
  if (rows.length === 0) return ["nothing"];
  const platform = rows.filter(({ cause }) => cause === "platform");
  const suite = rows.filter(({ cause }) => cause === "suite");
  const [first] = suite;
  const because = first?.explanation;
  return [
    ...platform.flatMap(({ from, to, ports, policies }) => [
      `${from.join(", ")} -> ${to}: ${ports}`,
      `    by ${policies.join(", ")}`,
      "      UNEXPLAINED",
    ]),
    ...(suite.length === 0 ? [] : renderSuite(pairsOf(suite))),
    ...(because === undefined ? [] : [`  because: ${because.why} (${because.source})`]),
  ];
}

const pairsOf = (rows: readonly BeyondRow[]): Pair[] =>
  rows.flatMap(({ from, to, ports }) => from.map((name) => ({ from: name, to, ports })));

function renderSuite(pairs: readonly Pair[]): string[] {
  const outsiders = new Set(pairs.flatMap(({ from, to }) => [from, to]).filter((name) => !isWorkload(name)));
  const out = pairs.filter(({ from, to }) => isWorkload(from) && !isWorkload(to));
  const into = pairs.filter(({ from, to }) => !isWorkload(from) && isWorkload(to));
  const within = pairs.filter(({ from, to }) => isWorkload(from) && isWorkload(to));
  return [
    ...section("Out of the suite", "to", sided(out, "from", "to"), outsiders),
    ...section("Into the suite", "from", sided(into, "to", "from"), outsiders),
    ...section("Within the suite", "from", sided(within, "to", "from"), outsiders),
  ];
}

type Side = "from" | "to";

/** Per workload on one side: the other ends by ports. */
function sided(pairs: readonly Pair[], own: Side, other: Side): Map<string, Map<string, string[]>> {
  const found = new Map<string, Map<string, string[]>>();
  for (const pair of pairs) {
    const byPorts = found.get(pair[own]) ?? new Map<string, string[]>();
    byPorts.set(pair.ports, [...(byPorts.get(pair.ports) ?? []), pair[other]]);
    found.set(pair[own], byPorts);
  }
  return found;
}

/** Workloads that are equally open share an entry. */
function section(
  title: string,
  preposition: string,
  found: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>,
  outsiders: ReadonlySet<string>,
): string[] {
  const groups = new Map<string, string[]>();
  for (const [name, byPorts] of found) {
    const lines = [...byPorts].map(([ports, others]) => `      ${ports} ${preposition} ${compress(others, outsiders)}`);
    const key = lines.sort().join("\n");
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  if (groups.size === 0) return [];
  return [`  ${title}:`, ...[...groups].flatMap(([lines, names]) => [`    ${names.join(", ")}`, lines])];
}

/** Outsiders all at once, with what is not among them; of workloads only how many, when there are many: `--json` names each. */
function compress(names: readonly string[], outsiders: ReadonlySet<string>): string {
  const outside = names.filter((name) => !isWorkload(name));
  const workloads = names.filter(isWorkload);
  const others = [...outsiders].filter((name) => !outside.includes(name));
  const named =
    outside.length <= 2 || others.length > 2
      ? outside
      : [others.length === 0 ? OUTSIDE : `${OUTSIDE} but ${others.join(" and ")}`];
  const counted =
    workloads.length > 4 ? [`${workloads.length} workloads (${appsOf(workloads).join(", ")})`] : workloads;
  return [...counted, ...named].join(", ");
}

const appsOf = (workloads: readonly string[]): string[] => [
  ...new Set(workloads.map((name) => name.slice(0, name.indexOf("/")))),
];
