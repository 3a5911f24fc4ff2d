import type { Flow, Peer } from "../flow";

const list = (peers: Peer | readonly Peer[]): readonly Peer[] => ("kind" in peers ? [peers] : peers);

const oneOrMore = (peers: readonly Peer[]): Peer | readonly Peer[] => {
  const [only, ...others] = peers;
  return only !== undefined && others.length === 0 ? only : peers;
};

/** Flows that are the same but for one end become one row, with all of those ends. Each keeps its place by the first. */
export function joined(flows: readonly Flow[]): Flow[] {
  return joinedBy("to", joinedBy("from", flows));
}

function joinedBy(end: "from" | "to", flows: readonly Flow[]): Flow[] {
  const rows = new Map<string, Flow>();
  for (const flow of flows) {
    const rest = JSON.stringify({ ...flow, [end]: undefined });
    const row = rows.get(rest);
    rows.set(rest, row === undefined ? flow : { ...row, [end]: oneOrMore([...list(row[end]), ...list(flow[end])]) });
  }
  return [...rows.values()];
}
