import { ensureTools, findTools } from "../toolchain";
import { GVISOR } from "./config";
import { HEAVY_IMAGE_TOOLS, IMAGE_TOOLS, REAL_IMAGES, toolsOf } from "./images";
import type { NodesOptions } from "./index";
import { MOST_NODES } from "./layout";
import { checkMachine, installPackages } from "./machine";
import { NODE_TOOLS } from "./specs";
import { ClusterError } from "../../lib/kube/errors";

export interface PrepareOptions {
  /** Where the cluster keeps its state. */
  readonly dir: string;
  readonly installPackages?: boolean;
  readonly progress: (line: string) => void;
}

/**
 * Everything that real nodes need of this machine, found or built before anything is started.
 *
 * @throws {ClusterError} with what this machine lacks.
 */
export async function prepareNodes(count: number, options: PrepareOptions): Promise<NodesOptions> {
  const { dir, progress } = options;
  if (!Number.isInteger(count) || count < 1 || count > MOST_NODES) {
    throw new ClusterError(`--nodes ${String(count)}: there may be 1 to ${String(MOST_NODES)} real nodes.`);
  }
  if (options.installPackages === true) installPackages(progress);
  checkMachine(dir);
  const binaries = await ensureTools(NODE_TOOLS, { onProgress: progress });
  const built = await ensureTools(IMAGE_TOOLS, { onProgress: progress });
  const found = await findTools([...HEAVY_IMAGE_TOOLS, ...Object.values(GVISOR)]);
  const there = new Map<string, string>([...Object.entries(built), ...found]);
  const images = REAL_IMAGES.filter((image) => Object.values(image.programs).every((tool) => there.has(tool)));
  const gvisor = Object.values(GVISOR).every((tool) => there.has(tool));
  const named = [...toolsOf(images).map((tool) => [tool, tool] as const), ...(gvisor ? Object.entries(GVISOR) : [])];
  const programs = Object.fromEntries(named.map(([name, tool]) => [name, there.get(tool) ?? ""]));
  return { count, binaries, images, programs, gvisor };
}
