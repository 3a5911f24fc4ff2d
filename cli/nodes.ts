import { nodesOf } from "../embedded/cluster";
import type { NodesOptions } from "../embedded/nodes";
import { MOST_NODES } from "../embedded/nodes/layout";
import { prepareNodes, type PrepareOptions } from "../embedded/nodes/prepare";
import { UsageError } from "./command";

/** The value of `--nodes`. */
export function numberOfNodes(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (/^\d+$/.test(given) && number <= MOST_NODES) return number;
  throw new UsageError(`--nodes "${given}": a number from 0 to ${String(MOST_NODES)} is expected`);
}

/** What the real nodes are made from that are asked for, or that the cluster was made with; undefined where it has none. */
export async function askedNodes(
  asked: number | undefined,
  options: PrepareOptions,
): Promise<NodesOptions | undefined> {
  const count = asked ?? nodesOf({ dir: options.dir });
  return count === 0 ? undefined : prepareNodes(count, options);
}
