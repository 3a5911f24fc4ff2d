import { ensureTools } from "../toolchain";
import { REAL_IMAGES, type RealImage } from "./images";
import type { NodesOptions } from "./index";
import { MOST_NODES } from "./layout";
import { checkMachine, installPackages } from "./machine";
import { NODE_TOOLS } from "./specs";
import { ClusterError } from "../../lib/kube/errors";

export interface PrepareOptions {
  /** Where the cluster keeps its state. */
  readonly dir: string;
  readonly installPackages?: boolean;
  readonly images?: readonly RealImage[];
  readonly progress: (line: string) => void;
}

/**
 * Everything that real nodes need of this machine, found or built before anything is started.
 *
 * @throws {ClusterError} with what this machine lacks.
 */
export async function prepareNodes(count: number, options: PrepareOptions): Promise<NodesOptions> {
  const { dir, images = REAL_IMAGES, progress } = options;
  if (!Number.isInteger(count) || count < 1 || count > MOST_NODES) {
    throw new ClusterError(`--nodes ${String(count)}: there may be 1 to ${String(MOST_NODES)} real nodes.`);
  }
  if (options.installPackages === true) installPackages(progress);
  checkMachine(dir);
  const binaries = await ensureTools(NODE_TOOLS, { onProgress: progress });
  const programs: Record<string, string> = {
    ...(await ensureTools(
      images.map(({ tool }) => tool),
      { onProgress: progress },
    )),
  };
  return { count, binaries, images, programs };
}
