import { Reachability } from "../../../cli/verify/reachability";
import { sleep } from "../../../embedded/cluster/files";
import { at, refOf } from "../../../lib/kube/client";
import { eventually, isReady } from "../support";
import { sample, randomOf } from "./each";
import { refusal } from "./operators";
import { allTries, describeTry, podEnds, policiesOf, runFromNetworks, type Try } from "./packets";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

const POD = { apiVersion: "v1", kind: "Pod" };
/** Connections that are tried again and again. */
const WATCHED = 40;
const BACK_MS = 300_000;

const DRAINED = "real-2";

interface Disturbance {
  readonly what: string;
  readonly happens: (world: World) => Promise<void>;
  /** What happens to it takes its pods with it; nothing is tried between them. */
  readonly takes?: string;
}

/** A busy machine takes longer than a start waits for the API server; the next one finds what the last has started. */
const startAgain = (world: World): Promise<true> =>
  eventually(
    "the cluster starts",
    () =>
      world
        .restart()
        .then(() => true as const)
        .catch(() => undefined),
    BACK_MS,
  );

const disturbances: readonly Disturbance[] = [
  {
    what: "all pods of Kyverno are killed at once",
    happens: async ({ client }) => {
      const pods = await client.list(POD, { namespace: "kyverno" });
      await Promise.all(pods.map((pod) => client.delete(refOf(pod))));
    },
  },
  {
    what: "the API server is killed, and started again",
    happens: async (world) => {
      world.signal("kube-apiserver", "SIGKILL");
      // Without it, nothing learns of anything.
      await sleep(5000);
      await startAgain(world);
    },
  },
  {
    what: "kubelet, containerd and kube-proxy of a node are killed, and started again",
    happens: async (world) => {
      world.onNode("real-1", "kill -9 $(pidof kubelet containerd kube-proxy)");
      await sleep(5000);
      await startAgain(world);
    },
  },
  {
    what: `node ${DRAINED} is drained, by evictions that budgets and webhooks let happen, and taken in again`,
    takes: DRAINED,
    happens: async ({ kubectl }) => {
      // Folders of the node: volumes of these pods wait for it. Those without an owner are the tests' own.
      const how = ["--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=110s"];
      const drained = await kubectl.run(["drain", DRAINED, ...how]);
      const back = await kubectl.run(["uncordon", DRAINED]);
      for (const { code, output } of [drained, back]) if (code !== 0) throw new Error(output.slice(-1000));
    },
  },
];

/** By Deployment, StatefulSet, DaemonSet: how many pods are ready. */
async function readyPods(world: World): Promise<ReadonlyMap<string, number>> {
  const counted = new Map<string, number>();
  for (const pod of await world.client.list(POD)) {
    const owner = at(pod, "metadata", "ownerReferences", 0, "name");
    if (typeof owner !== "string" || !String(at(pod, "spec", "nodeName")).startsWith("real-") || !isReady(pod))
      continue;
    const key = `${pod.metadata.namespace ?? ""}/${owner}`;
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  return counted;
}

/** What is not as it was: pods, and Kyverno's answer to the API server. */
async function notBack(world: World, before: ReadonlyMap<string, number>): Promise<string[]> {
  const now = await readyPods(world);
  const fewer = [...before].filter(([owner, count]) => (now.get(owner) ?? 0) < count).map(([owner]) => owner);
  const answer = await refusal(world, new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString());
  return [...fewer, ...(answer === undefined ? [] : [answer])];
}

/** Connections of the suite, tried from the start of a disturbance until all of it is over. */
async function during(world: World, { what, happens }: Disturbance, watched: readonly Try[]): Promise<string[]> {
  const before = await eventually("the pods that run", () => readyPods(world).catch(() => undefined), BACK_MS);
  const lost = new Set<string>();
  let rounds = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      for (const line of await runFromNetworks(world, watched)) lost.add(`${what}: ${line}`);
      rounds++;
    }
  })();
  let left: string[] = [];
  try {
    await happens(world);
    await eventually(
      what,
      async () => {
        left = await notBack(world, before).catch((error: unknown) => [String(error)]);
        return left.length === 0 ? true : undefined;
      },
      BACK_MS,
    );
  } catch (error) {
    lost.add(`${String(error)}: ${left.slice(0, 5).join(", ")}`);
  } finally {
    over = true;
    await watching;
  }
  return rounds === 0 ? [`${what}: nothing was tried meanwhile`, ...lost] : [...lost];
}

async function survives(world: World): Promise<Outcome> {
  const ends = (await podEnds(world)).filter(({ endpoint: { pod } }) => pod?.namespace.startsWith("mijnbureau-"));
  const open = allTries(ends, ends, new Reachability(await policiesOf(world)), []).filter(
    ({ allowed, to, protocol }) => allowed && ends.includes(to) && protocol === "TCP",
  );
  const [wrong, notes]: [string[], string[]] = [[], []];
  let tries = 0;
  for (const disturbance of disturbances) {
    const stays = open.filter(({ from, to }) => ![from, to].some((end) => end.from?.node === disturbance.takes));
    const watched = sample(stays, WATCHED, randomOf(1));
    wrong.push(...(await during(world, disturbance, watched)));
    tries += watched.length + 1;
    const [first] = watched.map(describeTry);
    notes.push(`while ${disturbance.what}: ${String(first)} and ${String(watched.length - 1)} others`);
  }
  return { tries, wrong, notes };
}

export const survivalProofs: readonly Proof[] = [
  {
    claim: "the suite stays reachable through what fails, and all of it comes back by itself",
    long: true,
    run: survives,
  },
];
