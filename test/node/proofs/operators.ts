import { readFileSync } from "node:fs";
import { POLICY_EXCEPTION_NAMESPACE } from "../../../components/operators/kyverno";
import { clusterPaths } from "../../../embedded/cluster/paths";
import { kyvernoWebhooks } from "../../../embedded/cluster/kyverno-traces";
import { at, refOf, type KubeObject, type ObjectRef } from "../../../lib/kube/client";
import { isReady } from "../support";
import type { Outcome, Proof } from "./proof";
import type { World } from "./world";

const KYVERNO = "kyverno";
/** What the API server calls of its pods. */
export const WEBHOOK: PodPort = {
  namespace: KYVERNO,
  labelSelector: "app.kubernetes.io/component=admission-controller",
  port: 9443,
};
const DAY_MS = 24 * 60 * 60 * 1000;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? Array.from<unknown>(value) : []);

/** Kyverno's answer to an exception from its policies; undefined where it lets it in. */
export async function refusal(world: World, expiresAt: string): Promise<string | undefined> {
  const exception = {
    apiVersion: "policies.kyverno.io/v1beta1",
    kind: "PolicyException",
    metadata: { name: "asked", namespace: POLICY_EXCEPTION_NAMESPACE },
    spec: {
      policyRefs: [{ name: "sample", kind: "ValidatingPolicy" }],
      matchConditions: [{ name: "one", expression: "object.metadata.name == 'asked'" }],
      properties: { reason: "tried on real nodes", owner: "nobody" },
      expiresAt,
    },
  };
  try {
    await world.client.create(exception, { dryRun: true });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** The API server calls Kyverno's pods over the network; with their port closed on purpose, nothing gets in. */
async function kyvernoAnswers(world: World): Promise<Outcome> {
  const hooks = await kyvernoWebhooks(world.client);
  const wrong = await otherwiseCalled(world, hooks);
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString();
  const good = await refusal(world, tomorrow);
  if (good !== undefined) wrong.push(`an exception until tomorrow is refused: ${good}`);
  const late = await refusal(world, new Date(Date.now() - DAY_MS).toISOString());
  if (late?.includes("expiresAt has passed") !== true) wrong.push(`after its last day: ${String(late)}`);

  const opening = await withPortClosed(world, WEBHOOK, async () => {
    const closed = await world.eventually(() => refusal(world, tomorrow));
    if (closed?.includes("failed calling webhook") !== true) wrong.push(`with the port closed: ${String(closed)}`);
  });
  if (opening === 0) wrong.push(`no policy opens port ${String(WEBHOOK.port)}`);
  const back = await world.eventually(async () => ((await refusal(world, tomorrow)) === undefined ? true : undefined));
  if (back === undefined) wrong.push(`with the port open again: ${String(await refusal(world, tomorrow))}`);
  return { tries: hooks.length + 4, wrong, notes: [`${String(opening)} policies removed, and made again`] };
}

/** Webhooks that are not called by the Service of Kyverno's pods. */
async function otherwiseCalled(world: World, hooks: readonly ObjectRef[]): Promise<string[]> {
  const configurations = await Promise.all(hooks.map((ref) => world.client.get(ref)));
  return configurations.flatMap(({ metadata, webhooks }) =>
    list(webhooks)
      .filter((hook) => at(hook, "clientConfig", "service", "namespace") !== KYVERNO)
      .map((hook) => `${metadata.name ?? ""}: ${String(at(hook, "name"))} is not called by its Service`),
  );
}

/** A port of some pods. */
export interface PodPort {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly port: number;
}

/**
 * Work while no policy lets anybody reach a port. The pods are replaced: a connection that stands is not judged again.
 * Returns how many policies opened it.
 */
export async function withPortClosed(world: World, closed: PodPort, work: () => Promise<unknown>): Promise<number> {
  const opening = await openingPolicies(world, closed);
  for (const policy of opening) await world.client.delete(refOf(policy));
  try {
    await replacePods(world, closed);
    await work();
  } finally {
    for (const { apiVersion, kind, metadata, spec } of opening) {
      const { name = "", namespace = "", labels = {}, annotations = {} } = metadata;
      await world.client.apply(
        { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec },
        { force: true },
      );
    }
  }
  return opening.length;
}

async function openingPolicies(world: World, { namespace, port }: PodPort): Promise<readonly KubeObject[]> {
  const all = await world.client.list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" }, { namespace });
  return all.filter(({ spec }) =>
    list(at(spec, "ingress")).some((rule) => list(at(rule, "ports")).some((each) => at(each, "port") === port)),
  );
}

async function replacePods(world: World, { namespace, labelSelector }: PodPort): Promise<void> {
  const pods = { apiVersion: "v1", kind: "Pod" };
  const mine = () => world.client.list(pods, { namespace, labelSelector });
  const old = await mine();
  for (const pod of old) await world.client.delete(refOf(pod));
  await world.eventually(async () => {
    const now = await mine();
    const fresh = now.filter(({ metadata }) => !old.some((each) => each.metadata.uid === metadata.uid));
    return now.length === fresh.length && fresh.some(isReady) ? true : undefined;
  });
}

/** What programs that run as pods ask of the API server, they may: a right too few shows in the audit log. */
export function nothingForbidden(world: World, namespace: string): Promise<Outcome> {
  const lines = readFileSync(clusterPaths(world.dir).auditLog, "utf8").split("\n");
  const asked = lines
    .filter((line) => line.includes(`"system:serviceaccount:${namespace}:`))
    .map((line): unknown => JSON.parse(line))
    .filter((event) => String(at(event, "user", "username")).startsWith(`system:serviceaccount:${namespace}:`));
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
  {
    claim: "Kyverno's pods ask the API server for nothing that is forbidden to them",
    run: (world) => nothingForbidden(world, KYVERNO),
  },
];
