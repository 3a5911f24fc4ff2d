import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { contains } from "../../../cli/verify/ports";
import { Reachability } from "../../../cli/verify/reachability";
import { cgroupOf, nodePlaces } from "../../../embedded/nodes/layout";
import { refOf, type KubeObject } from "../../../lib/kube/client";
import { eventually, probe, readyPod, restrictedPod } from "../support";
import { guards, nodeAttacks, type GuardName, type Weakened } from "./attack-rows";
import { eachAtOnce } from "./each";
import { answerOutside, outsideTargets, podEnds, policiesOf, type End } from "./packets";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

/** Where a container has been taken over: a pod like those of the app, under its policies. */
const POSITION = "mijnbureau-nextcloud";
/** Where guards are missing on purpose. */
const GROUND = "attack-ground";

const attemptedSchema = z.object({ name: z.string(), success: z.boolean(), detail: z.string().default("") });
type Attempted = z.infer<typeof attemptedSchema>;

async function attempt(
  world: World,
  namespace: string,
  pod: string,
  lines: readonly string[],
): Promise<ReadonlyMap<string, Attempted>> {
  const seen = new Map<string, Attempted>();
  // Each on its own: what one changes in its container must not help or hinder the next.
  for (const line of lines) {
    const { output } = await world.kubectl.exec(namespace, pod, ["/stand-in", "attempt", line]);
    const found = output.split("\n").find((each) => each.startsWith("{"));
    seen.set(
      line,
      found === undefined
        ? { name: line, success: false, detail: output.slice(0, 200) }
        : attemptedSchema.parse(JSON.parse(found)),
    );
  }
  return seen;
}

const slug = (guard: string): string => guard.replaceAll(/[^a-z]+/g, "-");

function podWithout(name: string, weakened: Weakened): KubeObject {
  const { securityContext = {}, asRoot = false, token = false, unlimited = false, hostPath = false } = weakened;
  const { hostNamespaces = false } = weakened;
  const base = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    ...("capabilities" in securityContext ? {} : { capabilities: { drop: ["ALL"] } }),
  };
  return restrictedPod(GROUND, name, {
    spec: {
      automountServiceAccountToken: token,
      ...(asRoot ? { securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } } } : {}),
      ...(hostNamespaces ? { hostPID: true, hostNetwork: true } : {}),
      ...(hostPath ? { volumes: [{ name: "host", hostPath: { path: "/" } }] } : {}),
    },
    container: {
      securityContext: { ...base, ...securityContext },
      ...(unlimited ? { resources: {} } : {}),
      ...(hostPath ? { volumeMounts: [{ name: "host", mountPath: "/host" }] } : {}),
    },
  });
}

async function makeGround(world: World): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
  await world.client.apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: GROUND, labels } },
    { force: true },
  );
}

/** Rights for the account of the ground, for as long as the work lasts. */
async function withRights<T>(world: World, work: () => Promise<T>): Promise<T> {
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "attack-ground" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: GROUND }],
  };
  await world.client.create(binding);
  try {
    return await work();
  } finally {
    await world.client.delete(refOf(binding));
  }
}

async function fromContainer(world: World): Promise<Outcome> {
  await makeGround(world);
  await world.client.apply(restrictedPod(POSITION, "taken-over", { labels: { app: "taken-over" } }), { force: true });
  await world.client.apply(podWithout("with-token", { token: true }), { force: true });
  await readyPod(world.client, POSITION, "taken-over");
  await readyPod(world.client, GROUND, "with-token");
  const wrong: string[] = [];
  const notes: string[] = [];
  const names = Object.keys(guards).filter((name): name is GuardName => name in guards);
  await eachAtOnce(names, 3, async (guard) => {
    const rows = nodeAttacks.filter(({ refusedBy }) => refusedBy === guard);
    const lines = rows.map((row) => row.attempt);
    const weakened: Weakened = guards[guard];
    // Rights are tried where the API server can be reached: in the app's own place the policies refuse first.
    const [namespace, pod] = guard === "the account has no rights" ? [GROUND, "with-token"] : [POSITION, "taken-over"];
    const guarded = await attempt(world, namespace, pod, lines);
    const name = slug(guard);
    await world.client.apply(podWithout(name, weakened), { force: true });
    await readyPod(world.client, GROUND, name);
    if (weakened.processes === true) unlimitProcesses(world);
    const run = () => attempt(world, GROUND, name, lines);
    const without = weakened.rights === true ? await withRights(world, run) : await run();
    for (const { attempt: line, what } of rows) {
      const [first, second] = [guarded.get(line), without.get(line)];
      if (first?.success !== false) wrong.push(`${line} (${what}): not refused`);
      if (second?.success !== true)
        wrong.push(`${line} (${what}): refused without "${guard}" too: ${second?.detail ?? ""}`);
    }
    notes.push(`${String(rows.length)} refused because ${guard}`);
  });
  return { tries: nodeAttacks.length * 2, wrong: wrong.sort(), notes: notes.sort() };
}

/** Takes the limit of processes from every pod of the nodes: the kubelet sets it for all. */
function unlimitProcesses(world: World): void {
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(join(folder, entry.name));
      else if (entry.name === "pids.max") writeFileSync(join(folder, entry.name), "max");
    }
  };
  walk(join("/sys/fs/cgroup/pids", cgroupOf(world.state.paths)));
}

/** One port of each other namespace that is not open to the place, and all that is outside. */
async function overNetwork(world: World): Promise<Outcome> {
  await answerOutside(world);
  const ends = await podEnds(world);
  const source = ends.find(({ name }) => name === `${POSITION}/taken-over`);
  if (source === undefined) return { tries: 0, wrong: [`${POSITION}/taken-over does not run`] };
  const reachability = new Reachability(await policiesOf(world));
  const closedPort = (to: End): string[] => {
    const { ports } = reachability.between(source.endpoint, to.endpoint);
    const port = to.endpoint.ports.find((each) => each.protocol === "TCP" && !contains(ports, "TCP", each.port));
    return port === undefined ? [] : [`tcp ${to.endpoint.ip ?? ""}:${String(port.port)}`];
  };
  const names = new Map<string, string>();
  for (const end of ends) {
    const namespace = end.endpoint.pod?.namespace ?? "";
    const [target] = closedPort(end);
    if (target !== undefined && ![...names.values()].includes(namespace) && namespace !== GROUND)
      names.set(target, namespace);
  }
  for (const { end, ports } of outsideTargets(nodePlaces(world.state.paths, 2).map(({ address }) => address))) {
    for (const [protocol, port] of ports)
      names.set(`${protocol.toLowerCase()} ${end.endpoint.ip ?? ""}:${String(port)}`, end.name);
  }
  const targets = [...names.keys()];
  const from = { namespace: POSITION, pod: "taken-over" };
  const arrived = async (): Promise<readonly string[]> =>
    (await probe(world.kubectl, from, targets, ["--timeout=2s"]))
      .filter(({ outcome }) => outcome === "open" || outcome === "refused")
      .map(({ target }) => target);
  const wrong = (await arrived()).map((target) => `${names.get(target) ?? ""} ${target}: not refused`);
  const policies = await world.client.list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" });
  for (const policy of policies) await world.client.delete(refOf(policy));
  try {
    const missing = await eventually(
      "every packet arrives without policies",
      async () => {
        const open = await arrived();
        return open.length === targets.length ? [] : undefined;
      },
      30_000,
    ).catch(async () => {
      const open = await arrived();
      return targets.filter((target) => !open.includes(target));
    });
    wrong.push(
      ...missing.map((target) => `${names.get(target) ?? ""} ${target}: does not arrive without policies either`),
    );
  } finally {
    await eachAtOnce(policies, 8, async ({ apiVersion, kind, metadata, spec }) => {
      const { name = "", namespace = "", labels = {}, annotations = {} } = metadata;
      await world.client.apply(
        { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec },
        { force: true },
      );
    });
  }
  return {
    tries: targets.length * 2,
    wrong,
    notes: [`${String(targets.length)} refused by NetworkPolicies: ${[...new Set(names.values())].join(", ")}`],
  };
}

export const attackProofs: readonly Proof[] = [
  { claim: "attacks from a container are refused, and succeed without the guard", run: fromContainer },
  { claim: "attacks over the network are refused, and arrive without policies", run: overNetwork },
];
