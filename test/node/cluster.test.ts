import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterDown, clusterReset, clusterStatus, clusterUp, type RunningCluster } from "../../embedded/cluster";
import { COMPONENTS } from "../../embedded/cluster/components";
import { clusterPaths } from "../../embedded/cluster/paths";
import { StateFile } from "../../embedded/cluster/state";
import { sleep } from "../../embedded/cluster/files";
import { prepareNodes } from "../../embedded/nodes/prepare";
import { SIMULATED_TAINT } from "../../embedded/nodes/layout";
import { at, KubeClient } from "../../lib/kube/client";
import { differences, machineState, type MachineState } from "./machine";
import { eventually, Kubectl, needNodes, probe, readyPod, restrictedPod } from "./support";

const NAMESPACE = "sample";
const root = join(__dirname, "../..");

describe("real nodes", function () {
  this.timeout(300_000);
  let dir = "";
  let untouched: MachineState;
  let cluster: RunningCluster;
  let client: KubeClient;
  let kubectl: Kubectl;
  let up: () => Promise<RunningCluster>;
  let binaries = "";

  before(async function () {
    const { kubectl: binary, ...found } = await needNodes(this);
    binaries = JSON.stringify(Object.fromEntries(COMPONENTS.map((name) => [name, found[name]])));
    dir = mkdtempSync(join(tmpdir(), "nodes-"));
    untouched = machineState(dir);
    const progress = (): void => undefined;
    up = async () => clusterUp({ dir, binaries: found, nodes: await prepareNodes(2, { dir, progress }) });
    cluster = await up();
    client = KubeClient.fromKubeconfig(cluster.kubeconfig);
    kubectl = new Kubectl(binary, cluster.kubeconfig);
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  });
  after(async () => {
    if (dir === "") return;
    client.close();
    await clusterReset({ dir });
    rmSync(dir, { recursive: true, force: true });
  });

  it("are ready, in zones of their own, and the simulated ones keep ordinary pods away", async () => {
    const nodes = await client.list({ apiVersion: "v1", kind: "Node" });
    const real = nodes.filter(({ metadata }) => metadata.name?.startsWith("real-"));
    assert.deepEqual(new Set(real.map(({ metadata }) => metadata.labels?.["topology.kubernetes.io/zone"])).size, 2);
    for (const node of real)
      assert.match(String(at(node, "status", "nodeInfo", "containerRuntimeVersion")), /^containerd:/);
    for (const node of nodes.filter((each) => !real.includes(each))) {
      const taints = at(node, "spec", "taints");
      assert.ok(Array.isArray(taints) && taints.some((taint: unknown) => at(taint, "key") === SIMULATED_TAINT.key));
    }
  });

  it("have nothing to do in a second start", async () => {
    const { changed } = await up();
    assert.equal(changed, false);
  });

  it("run a restricted pod as it says, and commands, logs and ports of it are reached from outside", async () => {
    await client.create(restrictedPod(NAMESPACE, "restricted"));
    const pod = await readyPod(client, NAMESPACE, "restricted");
    const { output } = await kubectl.exec(NAMESPACE, "restricted", ["/stand-in", "status"]);
    const seen: unknown = JSON.parse(output);
    assert.deepEqual(
      {
        uid: at(seen, "uid"),
        capabilities: at(seen, "status", "CapEff"),
        seccomp: at(seen, "status", "Seccomp"),
        noNewPrivileges: at(seen, "status", "NoNewPrivs"),
        rootWritable: at(seen, "rootWritable"),
        token: at(seen, "token"),
      },
      {
        uid: 1000,
        capabilities: "0000000000000000",
        seccomp: "2",
        noNewPrivileges: "1",
        rootWritable: false,
        token: false,
      },
    );
    assert.match(
      (await kubectl.run(["logs", "--namespace", NAMESPACE, "restricted"])).output,
      /STAND-IN docker\.io\/nginxinc\/nginx-unprivileged:1\.31\.3/,
    );
    assert.equal(String(at(pod, "status", "hostIP")).startsWith("172.18.0.10"), true);

    assert.match(await kubectl.forward(NAMESPACE, "restricted", 8080, ask), /STAND-IN/);
  });

  it("give names and Services their packets, and policies their verdicts, from node to node", async () => {
    const place = (name: string, node: string) =>
      restrictedPod(NAMESPACE, name, { spec: { nodeSelector: { "kubernetes.io/hostname": node } } });
    await client.create(place("client", "real-1"));
    await client.create(place("server", "real-2"));
    await client.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "server", namespace: NAMESPACE },
      spec: { selector: { app: "server" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await readyPod(client, NAMESPACE, "client");
    const server = await readyPod(client, NAMESPACE, "server");
    const address = `tcp ${String(at(server, "status", "podIP"))}:8080`;
    const from = { namespace: NAMESPACE, pod: "client" };
    const open = async (targets: readonly string[]): Promise<readonly string[]> =>
      (await probe(kubectl, from, targets)).map(({ target, outcome }) => `${target}: ${outcome}`);
    const byName = `tcp server.${NAMESPACE}.svc.cluster.local:80`;
    await eventually("the server answers by its name", async () => {
      const seen = await open([byName, address]);
      return seen.every((line) => line.endsWith(": open")) ? seen : undefined;
    });
    await client.create({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "nobody", namespace: NAMESPACE },
      spec: { podSelector: { matchLabels: { app: "server" } }, policyTypes: ["Ingress"] },
    });
    await eventually("nobody reaches the server", async () => {
      const seen = await open([byName, address]);
      return seen.every((line) => line.endsWith(": closed")) ? seen : undefined;
    });
    await client.delete({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      namespace: NAMESPACE,
      name: "nobody",
    });
  });

  it("keep a volume's data when its pod goes", async () => {
    await client.create({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: NAMESPACE },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
    });
    const holder = (name: string) =>
      restrictedPod(NAMESPACE, name, {
        spec: {
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            fsGroup: 2000,
            seccompProfile: { type: "RuntimeDefault" },
          },
          volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        },
        container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
      });
    await client.create(holder("writer"));
    await readyPod(client, NAMESPACE, "writer");
    const wrote = await kubectl.exec(NAMESPACE, "writer", ["/stand-in", "write", "/data/note", "kept"]);
    assert.equal(wrote.code, 0, wrote.output);
    await kubectl.run(["delete", "pod", "writer", "--namespace", NAMESPACE, "--wait"]);
    await client.create(holder("reader"));
    await readyPod(client, NAMESPACE, "reader");
    assert.equal((await kubectl.exec(NAMESPACE, "reader", ["/stand-in", "read", "/data/note"])).output, "kept");
  });

  it("show a missing Secret as a user would see it", async () => {
    await client.create(
      restrictedPod(NAMESPACE, "without-secret", {
        container: { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "absent", key: "key" } } }] },
      }),
    );
    const message = await eventually("the kubelet says what is missing", async () => {
      const pod = await client.get({ apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: "without-secret" });
      const text = at(pod, "status", "containerStatuses", 0, "state", "waiting", "message");
      return typeof text === "string" ? text : undefined;
    });
    assert.equal(message, 'secret "absent" not found');
  });

  it("come back with their pods when one is killed, and nothing of the machine changes meanwhile", async () => {
    const file = new StateFile(clusterPaths(dir));
    const node = file.process("real-2");
    const ref = { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: "server" };
    const container = async (): Promise<unknown> =>
      at(await client.get(ref), "status", "containerStatuses", 0, "containerID");
    const first = await container();
    assert.ok(node !== undefined);
    process.kill(node.pid, "SIGKILL");
    await eventually("the node's process has ended", async () =>
      (await clusterStatus({ dir })).up ? undefined : true,
    );
    assert.equal((await up()).changed, true);
    await eventually(
      "the pod has a new container",
      async () => ((await container()) === first ? undefined : true),
      120_000,
    );
    const pod = await readyPod(client, NAMESPACE, "server", 120_000);
    assert.equal(at(pod, "spec", "nodeName"), "real-2");
    assert.deepEqual(settingsChanged(), []);
  });

  const settingsChanged = (): readonly string[] =>
    differences(untouched, machineState(dir)).filter(
      (line) => line.startsWith("/proc/sys") || line.startsWith("interfaces") || line.startsWith("firewall"),
    );

  it("leave nothing on the machine when they go down, with or without a kill in the middle", async () => {
    await clusterDown({ dir });
    assert.deepEqual(differences(untouched, machineState(dir)), []);
    for (const seconds of [1, 3, 5, 8]) {
      const start = spawn(process.execPath, ["-r", "./test/support/register.cjs", "test/node/up.ts", dir, binaries], {
        cwd: root,
        stdio: "ignore",
      });
      await sleep(seconds * 1000);
      start.kill("SIGKILL");
      await clusterDown({ dir });
      assert.deepEqual(differences(untouched, machineState(dir)), [], `killed after ${String(seconds)} s`);
    }
    await clusterReset({ dir });
    assert.deepEqual(differences(untouched, machineState(dir)), []);
  });
});

/** What answers HTTP on a port of this machine. */
function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on("close", () => {
      resolve(text);
    });
    socket.on("error", reject);
    socket.end("GET / HTTP/1.0\r\n\r\n");
  });
}
