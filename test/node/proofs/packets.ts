import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { containerPorts } from "../../../cli/verify/workloads";
import { contains, type Protocol } from "../../../cli/verify/ports";
import type { Reachability } from "../../../cli/verify/reachability";
import { type Endpoint, type NetworkPolicy } from "../../../cli/verify/reachability";
import { NETWORK } from "../../../embedded/cluster/network";
import { networkEntryOf } from "../../../embedded/nodes";
import { enterNetwork } from "../../../embedded/nodes/layout";
import { isReal, type RealImage } from "../../../embedded/nodes/images";
import { at, isRecord, type KubeObject } from "../../../lib/kube/client";
import { eachAtOnce } from "./each";
import { probe, tried, type Tried } from "../support";
import type { World } from "./world";

/** A pod, or an address outside, with what policies know of it. */
export interface End {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Where a connection can be tried from: a container of a stand-in, else the network of the pod. */
  readonly from?: {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string | undefined;
    readonly uid: string;
    readonly node: string;
  };
}

/** One connection, and whether policies let it through. */
export interface Try {
  readonly from: End;
  readonly to: End;
  readonly protocol: Protocol;
  readonly port: number;
  readonly allowed: boolean;
}

/** Addresses outside the cluster; what answers on them is the control plane's network, which refuses or accepts. */
export const OUTSIDE = {
  "metadata address": "169.254.169.254",
  internet: "198.41.0.4",
  "another DNS server": "9.9.9.9",
  "private network": "192.168.251.17",
} as const;

const DNS_PORT = 53;

const textMap = (value: unknown): Record<string, string> =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)])) : {};

/** Every pod that runs, as an end. */
export async function podEnds(world: World): Promise<readonly End[]> {
  const namespaces = await world.client.list({ apiVersion: "v1", kind: "Namespace" });
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name ?? "", textMap(metadata.labels)]));
  const pods = await world.runningPods();
  return pods.filter((pod) => at(pod, "spec", "hostNetwork") !== true).map((pod) => podEnd(pod, labels, world.images));
}

function podEnd(
  pod: KubeObject,
  labels: ReadonlyMap<string, Record<string, string>>,
  images: readonly RealImage[],
): End {
  const { name = "", namespace = "" } = pod.metadata;
  const identity = { namespace, namespaceLabels: labels.get(namespace) ?? {}, labels: textMap(pod.metadata.labels) };
  const node = String(at(pod, "spec", "nodeName"));
  const from = { namespace, pod: name, container: standInContainer(pod, images), uid: pod.metadata.uid ?? "", node };
  // To a datagram a real program answers only if it understands it; DNS does.
  const ports = containerPorts(pod["spec"]).filter(
    ({ protocol, port }) => protocol !== "UDP" || from.container !== undefined || port === DNS_PORT,
  );
  const endpoint = { pod: identity, ip: String(at(pod, "status", "podIP")), ports };
  return { name: `${namespace}/${name}`, endpoint, from };
}

/** A container that can try connections: one of a stand-in. */
function standInContainer(pod: KubeObject, images: readonly RealImage[]): string | undefined {
  const containers = at(pod, "spec", "containers");
  if (!Array.isArray(containers)) return undefined;
  const found = Array.from<unknown>(containers).find((each) => !isReal(String(at(each, "image")), images));
  const name = at(found, "name");
  return typeof name === "string" ? name : undefined;
}

export async function policiesOf(world: World): Promise<readonly NetworkPolicy[]> {
  const all = await world.client.list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" });
  return all.map(({ metadata: { name = "", namespace = "", labels }, spec }) => ({
    metadata: { name, namespace, labels },
    spec: isRecord(spec) ? spec : {},
  }));
}

const outsideEnd = (name: string, ip: string): End => ({ name, endpoint: { ip, ports: [] } });

/** What else a pod might reach: nodes, API server, metadata, other DNS servers, the internet. */
export function outsideTargets(
  nodeAddresses: readonly string[],
): readonly { readonly end: End; readonly ports: readonly (readonly [Protocol, number])[] }[] {
  const apiServer = outsideEnd("API server", NETWORK.controlPlaneNode);
  return [
    {
      end: apiServer,
      ports: [
        ["TCP", 6443],
        ["TCP", 2379],
        ["TCP", 10250],
      ],
    },
    ...nodeAddresses.map((ip) => ({
      end: outsideEnd(`node ${ip}`, ip),
      ports: [
        ["TCP", 10250],
        ["TCP", 10256],
        ["TCP", 22],
      ] as const,
    })),
    { end: outsideEnd("metadata address", OUTSIDE["metadata address"]), ports: [["TCP", 80]] },
    {
      end: outsideEnd("internet", OUTSIDE.internet),
      ports: [
        ["TCP", 443],
        ["TCP", 80],
        ["UDP", 53],
      ],
    },
    {
      end: outsideEnd("another DNS server", OUTSIDE["another DNS server"]),
      ports: [
        ["UDP", 53],
        ["TCP", 53],
        ["TCP", 853],
      ],
    },
    {
      end: outsideEnd("private network", OUTSIDE["private network"]),
      ports: [
        ["TCP", 443],
        ["TCP", 5432],
      ],
    },
  ];
}

/** Gives the control plane's network the addresses outside, so that a packet that gets out is answered. */
export async function answerOutside(world: World): Promise<void> {
  const commands = Object.values(OUTSIDE).map((ip) => `ip address replace ${ip}/32 dev lo`);
  await inNetwork(networkEntryOf(world.state), ["sh", "-ec", commands.join("\n")]);
}

/** A real program's image has nothing to try connections with: then the helper does, in the network of its pod. */
function tryFrom(
  world: World,
  { container, uid, ...from }: NonNullable<End["from"]>,
  targets: readonly string[],
  options: readonly string[],
): Promise<readonly Tried[]> {
  if (container !== undefined) return probe(world.kubectl, { ...from, container }, targets, options);
  return probeIn(enterNetwork(processOf(uid)), world.helper, { targets, options });
}

async function probeIn(
  entry: readonly string[],
  helper: string,
  { targets, options }: { readonly targets: readonly string[]; readonly options: readonly string[] },
): Promise<readonly Tried[]> {
  const output = await inNetwork(entry, [helper, "probe", ...options], targets.join("\n"));
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => tried.parse(JSON.parse(line)));
}

/** A process of a pod, as this machine numbers it. */
function processOf(uid: string): number {
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && cgroupsOf(name).includes(`/pod${uid}/`));
  if (pid === undefined) throw new Error(`no process of pod ${uid}`);
  return Number(pid);
}

function cgroupsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return ""; // ended meanwhile
  }
}

function inNetwork(entry: readonly string[], command: readonly string[], input = ""): Promise<string> {
  const [program = "", ...args] = [...entry, ...command];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command.join(" ")}: ${output}`));
    });
  });
}

/** Every source with every port of every target, and what the policies say of it. */
export function allTries(
  sources: readonly End[],
  targets: readonly End[],
  reachability: Reachability,
  nodes: readonly string[],
): Try[] {
  const outside = outsideTargets(nodes);
  return sources.flatMap((from) => [
    ...targets
      .filter((to) => to !== from)
      .flatMap((to) => {
        const { ports } = reachability.between(from.endpoint, to.endpoint);
        return to.endpoint.ports
          .filter(({ protocol }) => protocol !== "SCTP")
          .map(({ protocol, port }) => ({ from, to, protocol, port, allowed: contains(ports, protocol, port) }));
      }),
    ...outside.flatMap(({ end, ports }) => {
      const verdict = reachability.between(from.endpoint, end.endpoint);
      return ports.map(([protocol, port]) => ({
        from,
        to: end,
        protocol,
        port,
        allowed: contains(verdict.ports, protocol, port),
      }));
    }),
  ]);
}

export const describeTry = ({ from, to, protocol, port }: Try): string =>
  `${from.name} -> ${to.name} ${String(port)}/${protocol}`;

const targetOf = ({ to, protocol, port }: Try): string =>
  `${protocol.toLowerCase()} ${to.endpoint.ip ?? ""}:${String(port)}`;

/** Tries connections from inside each source's pod; one line for each that went otherwise than the policies say. */
export async function runTries(world: World, tries: readonly Try[]): Promise<readonly string[]> {
  const bySource = new Map<End, Try[]>();
  for (const each of tries) bySource.set(each.from, [...(bySource.get(each.from) ?? []), each]);
  const wrong: string[] = [];
  await eachAtOnce([...bySource], 6, async ([from, own]) => {
    if (from.from === undefined) return;
    for (const allowed of [true, false]) {
      const part = own.filter((each) => each.allowed === allowed);
      if (part.length === 0) continue;
      // What must open has all the time of a busy machine; what must not open costs the whole timeout.
      const options = allowed ? ["--timeout=3s", "--retries=3"] : ["--timeout=1500ms"];
      const seen = await tryFrom(world, from.from, [...new Set(part.map(targetOf))], options);
      const outcomes = new Map(
        seen.map(({ target, outcome, detail }) => [target, outcome === "error" ? `error (${detail})` : outcome]),
      );
      for (const each of part) {
        const outcome = outcomes.get(targetOf(each)) ?? "untried";
        // Refused by the target itself: the packet got there and back.
        const through = outcome === "open" || outcome === "refused";
        const blocked = outcome === "closed";
        if (allowed ? !through : !blocked)
          wrong.push(`${describeTry(each)}: ${allowed ? "allowed" : "not allowed"}, and ${outcome}`);
      }
    }
  });
  return wrong.sort();
}

/** As `runTries`, without the API server: the helper tries in the networks of the pods. */
export async function runFromNetworks(world: World, tries: readonly Try[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  await eachAtOnce([...new Set(tries.map(({ from }) => from))], 6, async (end) => {
    if (end.from === undefined) return;
    const own = tries.filter(({ from }) => from === end);
    const asked = { targets: own.map(targetOf), options: ["--timeout=2s", "--retries=2"] };
    const seen = await probeIn(enterNetwork(processOf(end.from.uid)), world.helper, asked);
    const through = new Set(seen.filter(({ outcome }) => outcome === "open").map(({ target }) => target));
    wrong.push(...own.filter((each) => !through.has(targetOf(each))).map((each) => `${describeTry(each)} is lost`));
  });
  return wrong;
}

/** The control plane as a source: webhooks and aggregated APIs are called from its address. */
export async function runFromControlPlane(
  world: World,
  targets: readonly End[],
  reachability: Reachability,
): Promise<{ tries: number; wrong: readonly string[] }> {
  const from: End = outsideEnd("API server", NETWORK.controlPlaneNode);
  const tries = targets.flatMap((to): Try[] => {
    const { ports } = reachability.between(from.endpoint, to.endpoint);
    return to.endpoint.ports
      .filter(({ protocol }) => protocol === "TCP")
      .map(({ protocol, port }) => ({ from, to, protocol, port, allowed: contains(ports, protocol, port) }));
  });
  const asked = { targets: tries.map(targetOf), options: ["--timeout=2s", "--retries=1"] };
  const seen = await probeIn(networkEntryOf(world.state), world.helper, asked);
  const outcomes = new Map(seen.map(({ target, outcome }) => [target, outcome]));
  const wrong = tries
    .filter((each) => {
      const outcome = outcomes.get(targetOf(each));
      return each.allowed ? outcome !== "open" && outcome !== "refused" : outcome !== "closed";
    })
    .map(
      (each) =>
        `${describeTry(each)}: ${each.allowed ? "allowed" : "not allowed"}, and ${outcomes.get(targetOf(each)) ?? "untried"}`,
    );
  return { tries: tries.length, wrong };
}
