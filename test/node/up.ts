import { z } from "zod";
import { clusterUp } from "../../embedded/cluster";
import { COMPONENTS } from "../../embedded/cluster/components";
import { prepareNodes } from "../../embedded/nodes/prepare";

/** `cluster up --nodes 2` in a folder, from programs that a test has found, which kills it. */
async function main(dir: string, binaries: string): Promise<void> {
  const progress = (line: string): void => {
    console.error(line);
  };
  await clusterUp({
    dir,
    binaries: z.record(z.enum(COMPONENTS), z.string()).parse(JSON.parse(binaries)),
    nodes: await prepareNodes(2, { dir, progress }),
    progress,
  });
}

// Not where somebody has all files of a folder loaded as tests.
if (require.main === module) void main(process.argv[2] ?? "", process.argv[3] ?? "");
