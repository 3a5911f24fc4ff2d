import { clusterUp } from "../../embedded/cluster";
import { COMPONENTS } from "../../embedded/cluster/components";
import { prepareNodes } from "../../embedded/nodes/prepare";
import { ensureTools } from "../../embedded/toolchain";

/** `cluster up --nodes 2` in the folder that is named, for tests that kill it. */
async function main(dir: string): Promise<void> {
  const progress = (line: string): void => {
    console.error(line);
  };
  await clusterUp({
    dir,
    binaries: await ensureTools(COMPONENTS),
    nodes: await prepareNodes(2, { dir, progress }),
    progress,
  });
}

void main(process.argv[2] ?? "");
