import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { clusterReset, clusterUp } from "../../embedded/cluster";
import { COMPONENTS } from "../../embedded/cluster/components";
import { ensureTools } from "../../embedded/toolchain";
import { KubeClient, type KubeObject } from "../../lib/kube/client";
import { timed } from "./measure";

const NODES = 100;
const MOST_SECONDS = 15;
const STACK = "prod-nl-north";

/** As large as a node of a real cluster: a kubelet reports its fifty largest images (nodeStatusMaxImages). */
const node = (index: number): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: `bench-${String(index)}`,
    labels: { "topology.kubernetes.io/zone": `nl-north-${String(1 + (index % 3))}` },
  },
  status: {
    allocatable: { cpu: "16", memory: "64Gi", pods: "110" },
    capacity: { cpu: "16", memory: "64Gi", pods: "110" },
    nodeInfo: { kubeletVersion: "v1.36.3", architecture: "amd64" },
    images: Array.from({ length: 50 }, (_, image) => ({
      names: [`registry.example.org/images/of-the-suite-${String(image)}@sha256:${"0".repeat(64)}`],
      sizeBytes: 100_000_000 + image,
    })),
  },
});

const service = (index: number): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `bench-${String(index)}`, namespace: "default" },
  spec: { ports: [{ port: 80 }] },
});

/** How long `npm run preflight` takes on a real API server with a hundred nodes, from process start to its answer. */
export async function preflightOfManyNodes(root: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "bench-preflight-"));
  try {
    const { kubeconfig } = await clusterUp({ dir: join(dir, "cluster"), binaries: await ensureTools(COMPONENTS) });
    const client = KubeClient.fromKubeconfig(kubeconfig);
    for (let index = 0; index < NODES; index++) await client.create(node(index));
    for (let index = 0; index < 5 * NODES; index++) await client.create(service(index));
    client.close();
    const stack = parseDocument(readFileSync(join(root, `Pulumi.${STACK}.yaml`), "utf8"));
    const key = ["config", "mijnbureau-platform:cluster"];
    stack.deleteIn([...key, "context"]);
    stack.setIn([...key, "kubeconfig"], kubeconfig);
    writeFileSync(join(dir, `Pulumi.${STACK}.yaml`), stack.toString());
    writeFileSync(join(dir, "Pulumi.yaml"), readFileSync(join(root, "Pulumi.yaml")));
    const command = [join(root, "dist", "cli", "main.js"), "preflight", "--stack", STACK, "--json"];
    let report = "";
    const seconds = timed(() => {
      const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: dir, encoding: "utf8" });
      report = stdout === "" ? stderr : stdout;
    });
    if (!report.includes('"nodes"')) throw new Error(`preflight gave no report: ${report}`);
    const verdict = seconds <= MOST_SECONDS ? "within" : "MORE THAN";
    console.log(
      `\npreflight of a cluster with over ${String(NODES)} nodes: ${seconds.toFixed(1)} s, ${verdict} ${String(MOST_SECONDS)} s`,
    );
    if (seconds > MOST_SECONDS) process.exitCode = 1;
  } finally {
    await clusterReset({ dir: join(dir, "cluster") });
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (require.main === module) void preflightOfManyNodes(join(__dirname, "..", ".."));
