import { readFileSync } from "node:fs";
import { clusterPaths } from "../../../embedded/cluster/paths";
import { kyvernoWebhooks } from "../../../embedded/cluster/kyverno-traces";
import { at, refOf } from "../../../lib/kube/client";
import { isReady, restrictedPod } from "../support";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

const KYVERNO = "kyverno";
const ADMISSION = "app.kubernetes.io/component=admission-controller";
/** The port of its pods that the API server calls. */
const WEBHOOK_PORT = 9443;
/** A namespace whose pods Kyverno sees at admission. */
const SUITE = "mijnbureau-nextcloud";

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? Array.from<unknown>(value) : []);

/** Kyverno's answer to a pod of the suite: undefined where it has let it in. */
async function refusal(world: World): Promise<string | undefined> {
  try {
    await world.client.create(restrictedPod(SUITE, "asked"), { dryRun: true });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** The API server calls Kyverno's pods over the network; with their port closed on purpose, nothing gets in. */
async function kyvernoAnswers(world: World): Promise<Outcome> {
  const wrong: string[] = [];
  const hooks = await kyvernoWebhooks(world.client);
  for (const ref of hooks) {
    for (const hook of list((await world.client.get(ref))["webhooks"])) {
      if (at(hook, "clientConfig", "service", "namespace") !== KYVERNO) {
        wrong.push(`${ref.name}: ${String(at(hook, "name"))} is not called by its Service`);
      }
    }
  }
  const first = await refusal(world);
  if (first !== undefined) wrong.push(`a pod of the suite is refused: ${first}`);

  const all = await world.client.list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" });
  const opening = all.filter(
    ({ metadata, spec }) =>
      metadata.namespace === KYVERNO &&
      list(at(spec, "ingress")).some((rule) =>
        list(at(rule, "ports")).some((port) => at(port, "port") === WEBHOOK_PORT),
      ),
  );
  if (opening.length === 0) wrong.push(`no policy opens port ${String(WEBHOOK_PORT)}`);
  for (const policy of opening) await world.client.delete(refOf(policy));
  try {
    // New pods: a connection that stands is not judged again.
    await replacePods(world);
    const closed = await world.eventually(() => refusal(world));
    if (closed === undefined) wrong.push("with the port closed, pods are still let in");
    else if (!closed.includes("failed calling webhook")) wrong.push(`with the port closed: ${closed}`);
  } finally {
    for (const { apiVersion, kind, metadata, spec } of opening) {
      const { name = "", namespace = "", labels = {}, annotations = {} } = metadata;
      await world.client.apply(
        { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec },
        { force: true },
      );
    }
  }
  const back = await world.eventually(async () => ((await refusal(world)) === undefined ? true : undefined));
  if (back === undefined) wrong.push(`with the port open again: ${String(await refusal(world))}`);
  return { tries: hooks.length + 3, wrong, notes: [`${String(opening.length)} policies removed, and made again`] };
}

async function replacePods(world: World): Promise<void> {
  const pods = { apiVersion: "v1", kind: "Pod" };
  const mine = () => world.client.list(pods, { namespace: KYVERNO, labelSelector: ADMISSION });
  const old = await mine();
  for (const pod of old) await world.client.delete(refOf(pod));
  await world.eventually(async () => {
    const now = await mine();
    const fresh = now.filter(({ metadata }) => !old.some((each) => each.metadata.uid === metadata.uid));
    return now.length === fresh.length && fresh.some(isReady) ? true : undefined;
  });
}

/** What programs that run as pods ask of the API server, they may: a right too few shows in the audit log. */
function nothingForbidden(world: World): Promise<Outcome> {
  const lines = readFileSync(clusterPaths(world.dir).auditLog, "utf8").split("\n");
  const asked = lines
    .filter((line) => line.includes(`"system:serviceaccount:${KYVERNO}:`))
    .map((line): unknown => JSON.parse(line))
    .filter((event) => String(at(event, "user", "username")).startsWith(`system:serviceaccount:${KYVERNO}:`));
  const forbidden = asked
    .filter((event) => at(event, "responseStatus", "code") === 403)
    .map(
      (event) =>
        `${String(at(event, "user", "username"))}: ${String(at(event, "verb"))} ${String(at(event, "requestURI"))}`,
    );
  return Promise.resolve({ tries: asked.length, wrong: [...new Set(forbidden)].sort() });
}

export const operatorProofs: readonly Proof[] = [
  {
    claim: "Kyverno's own pods answer the API server behind the policies, and not with their port closed",
    run: kyvernoAnswers,
  },
  { claim: "Kyverno's pods ask the API server for nothing that is forbidden to them", run: nothingForbidden },
];
