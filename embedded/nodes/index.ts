import { existsSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { at, type KubeClient } from "../../lib/kube/client";
import { ClusterError, codeOf, reasonOf } from "../../lib/kube/errors";
import { sleep } from "../cluster/files";
import type { ClusterPaths } from "../cluster/paths";
import { isRunning, logTail, stopProcess, type ProcessRecord, type ProcessSpec } from "../cluster/processes";
import type { StateFile } from "../cluster/state";
import { makeCgroup, removeCgroup } from "./cgroups";
import { configurationOf, writeNodeFiles, type AccountFiles } from "./files";
import type { RealImage } from "./images";
import { cgroupOf, enterNetwork, enterNode, nodePlaces, REAL_NODE_LABEL, type NodePlace } from "./layout";
import { realNodeObjects } from "./objects";
import { cableScript, controlPlaneScript, nodeScript, routeScript } from "./scripts";
import { networkSpec, nodeSpec, programSpecs, relaySpec, type NodeBinaries } from "./specs";

const run = promisify(execFile);

/** What real nodes are made from. */
export interface NodesOptions {
  readonly count: number;
  readonly binaries: NodeBinaries;
  readonly images: readonly RealImage[];
  /** Programs of real images, and of runtimes beside runc, by the name they have in a node. */
  readonly programs: Readonly<Record<string, string>>;
  /** Whether nodes have gVisor beside runc. */
  readonly gvisor: boolean;
}

export interface NodesContext {
  readonly paths: ClusterPaths;
  readonly file: StateFile;
  /** Starts a process unless it runs already from the same specification; true where it did. */
  readonly ensure: (spec: ProcessSpec) => Promise<boolean>;
  readonly progress: (line: string) => void;
}

const NETWORK_PROCESS = "network";
const READY_MS = 60_000;

/** Makes the control plane's network, and the port that leads to its API server. Returns how to enter it. */
export async function ensureNetwork(
  { paths, file, ensure }: NodesContext,
  helper: string,
  ports: { readonly from: number; readonly to: number },
): Promise<readonly string[]> {
  const fresh = await ensure(networkSpec(paths, helper));
  const { pid } = recordOf(file, NETWORK_PROCESS);
  await until(`${NETWORK_PROCESS} has namespaces of its own`, () => ownNetwork(pid));
  if (fresh) await script(enterNetwork(pid), controlPlaneScript(), "the control plane's network");
  await ensure(relaySpec(paths, helper, { name: "relay", network: pid, ...ports }));
  return enterNetwork(pid);
}

const ownNetwork = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/net`) !== readlinkSync("/proc/self/ns/net");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
};

/** Starts what does not run of the nodes. They become ready later, when the cluster has given them a range of addresses. */
export async function ensureNodes(context: NodesContext, options: NodesOptions, client: KubeClient): Promise<boolean> {
  let account: AccountFiles | undefined;
  let changed = false;
  for (const object of realNodeObjects()) await client.apply(object, { force: true });
  for (const node of nodePlaces(context.paths, options.count)) {
    if (!(await stands(context, node, options))) {
      account ??= await accountFiles(client);
      context.progress(`starting node ${node.name}`);
      await makeNode(context, node, { options, account });
    }
    const init = initOf(recordOf(context.file, node.name).pid);
    for (const { spec, after } of programSpecs(context.paths, node, { init, ...options })) {
      if (after !== undefined) await until(after, () => existsSync(`/proc/${String(init)}/root${after}`), spec.log);
      changed = (await context.ensure(spec)) || changed;
    }
  }
  return changed;
}

/** Whether the node's namespaces are there and complete, and made from the same program. */
async function stands({ file, paths, ensure }: NodesContext, node: NodePlace, options: NodesOptions): Promise<boolean> {
  const record = file.process(node.name);
  if (record === undefined || !isRunning(record)) return false;
  if (await ensure(specOf(paths, node, options))) return false;
  return existsSync(`/proc/${String(initOf(record.pid))}/root${DONE}`);
}

/** The last thing that is made of a node: without it, a start was interrupted. */
const DONE = "/run/done";

async function makeNode(
  context: NodesContext,
  node: NodePlace,
  { options, account }: { readonly options: NodesOptions; readonly account: AccountFiles },
): Promise<void> {
  const { paths, file, ensure } = context;
  await removeNode(file, node);
  await writeNodeFiles(paths, node, {
    account,
    images: options.images,
    gvisor: options.gvisor,
  });
  makeCgroup(node.cgroup);
  await ensure(specOf(paths, node, options));
  const { pid } = recordOf(file, node.name);
  await until(`process 1 of ${node.name}`, () => childOf(pid) !== undefined, recordOf(file, node.name).log);
  const init = initOf(pid);
  const network = recordOf(file, NETWORK_PROCESS).pid;
  await script(enterNetwork(network), cableScript(node, init), `the cable of ${node.name}`);
  await script(enterNode(init), `${scriptOf(node, options)}\n: > ${DONE}`, `node ${node.name}`);
}

function scriptOf(node: NodePlace, { binaries, programs }: NodesOptions): string {
  const { "node-helper": helper, kubelet, "kube-proxy": proxy, "kube-network-policies": policies } = binaries;
  const own = { "node-helper": helper, kubelet, "kube-proxy": proxy, "kube-network-policies": policies };
  return nodeScript(node, { ...own, ...programs });
}

/** With what the node is made from: one that another version of this project has made is made anew. */
function specOf(paths: ClusterPaths, node: NodePlace, options: NodesOptions): ProcessSpec {
  const made = JSON.stringify([scriptOf(node, options), configurationOf(node, options)]);
  return nodeSpec(paths, node, {
    helper: options.binaries["node-helper"],
    madeFrom: createHash("sha256").update(made).digest("hex"),
  });
}

/** Process 1 of a node, as the machine numbers it: the child of the process that made the namespaces. */
function childOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8").trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function initOf(pid: number): number {
  const child = childOf(pid);
  if (child === undefined) throw new ClusterError(`process ${String(pid)}, which holds a real node, has ended.`);
  return child;
}

/** How to enter a node of a running cluster. */
export function entryOf(file: StateFile, name: string): readonly string[] {
  return enterNode(initOf(recordOf(file, name).pid));
}

/** Process and program that hold the control plane's network. */
export function networkOf(file: StateFile): { readonly pid: number; readonly helper: string } {
  const { pid } = recordOf(file, NETWORK_PROCESS);
  return { pid, helper: readlinkSync(`/proc/${String(pid)}/exe`) };
}

/** How to enter the control plane's network. */
export const networkEntryOf = (file: StateFile): readonly string[] => enterNetwork(recordOf(file, NETWORK_PROCESS).pid);

/** Pods reach each other from node to node, and the control plane reaches all of them. */
export async function ensureRoutes({ file, paths }: NodesContext, count: number, client: KubeClient): Promise<void> {
  const nodes = await client.list({ apiVersion: "v1", kind: "Node" }, { labelSelector: `${REAL_NODE_LABEL}=true` });
  const places = nodePlaces(paths, count);
  const routes = places.flatMap(({ name, address }) => {
    const cidr = at(
      nodes.find(({ metadata }) => metadata.name === name),
      "spec",
      "podCIDR",
    );
    return typeof cidr === "string" ? [{ name, cidr, via: address }] : [];
  });
  await script(networkEntryOf(file), routeScript(routes), "routes of the control plane");
  for (const { name } of places) {
    const others = routes.filter((route) => route.name !== name);
    await script(entryOf(file, name), routeScript(others), `routes of ${name}`);
  }
}

/** Ends the nodes, and removes what they leave on the machine; their volumes stay. */
export async function stopNodes(paths: ClusterPaths, file: StateFile): Promise<void> {
  for (const node of nodePlaces(paths, file.state.nodes)) await removeNode(file, node);
  if (file.state.nodes > 0) await removeCgroup(cgroupOf(paths));
}

/** Ends the control plane's network; nothing may be in it any more. */
export async function stopNetwork(file: StateFile): Promise<void> {
  for (const record of Object.values(file.state.processes)) {
    if (record.name !== NETWORK_PROCESS && !record.name.startsWith("relay")) continue;
    await stopProcess(record, { graceMs: 5_000 });
    file.forget(record.name);
  }
}

async function removeNode(file: StateFile, node: NodePlace): Promise<void> {
  const record = file.process(node.name);
  // With process 1 the kernel ends whatever is in its namespaces, and mounts and network go with them.
  if (record !== undefined) await stopProcess(record, { graceMs: 0 });
  for (const each of Object.values(file.state.processes)) {
    if (each.name !== node.name && !each.name.startsWith(`${node.name}/`)) continue;
    await stopProcess(each, { graceMs: 1_000 });
    file.forget(each.name);
  }
  await removeCgroup(node.cgroup);
  rmSync(node.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function accountFiles(client: KubeClient): Promise<AccountFiles> {
  const path = "/api/v1/namespaces/kube-system/serviceaccounts/kube-network-policies/token";
  const year = 365 * 24 * 60 * 60;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: year } };
  const token = at(await client.request("POST", path, { body }), "status", "token");
  if (typeof token !== "string") throw new ClusterError("the API server gave kube-network-policies no token.");
  return { token };
}

async function script(enter: readonly string[], text: string, what: string): Promise<void> {
  const [command = "", ...args] = [...enter, "sh", "-c", text];
  try {
    await run(command, args, { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  } catch (error) {
    const stderr = at(error, "stderr");
    const reason = typeof stderr === "string" && stderr.trim() !== "" ? stderr.trim() : reasonOf(error);
    throw new ClusterError(`${what} cannot be made: ${reason}`);
  }
}

async function until(what: string, ready: () => boolean, log?: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!ready()) {
    if (Date.now() > deadline) {
      throw new ClusterError(
        `not there after ${String(READY_MS / 1000)} s: ${what}.${log === undefined ? "" : ` Log: ${log}\n${logTail(log)}`}`,
      );
    }
    await sleep(50);
  }
}

function recordOf(file: StateFile, name: string): ProcessRecord {
  const record = file.process(name);
  if (record === undefined) throw new ClusterError(`${name} does not run. Start it with: npm run cluster -- up`);
  return record;
}
