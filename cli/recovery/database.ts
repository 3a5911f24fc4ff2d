import { z } from "zod";
import { faultIn } from "../../components/operators/databases/faults";
import type { DatabaseState, Running, Step } from "../../components/operators/databases/restore";
import { recordOf } from "../../components/operators/databases/tables";
import type { Manifest } from "../../components/kubernetes-object";
import { CNPG_LABEL, clusterOf } from "../../suite/stores";
import { UserError } from "../../lib/errors";
import { ApiError, at, isKubeObject, refOf, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { endOf, podsOf } from "./jobs";
import { until, type Runner } from "./runner";

const CLUSTER = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" } as const;

const windows = z.record(z.string(), z.object({ firstRecoverabilityPoint: z.string().optional() })).catch({});

/** What is to be known of an app's database before it is restored. */
export async function databaseState(client: KubeClient, app: string, namespace: string): Promise<DatabaseState> {
  const store = await client.find({
    ...{ apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore" },
    ...{ name: clusterOf(app), namespace },
  });
  const seen = Object.entries(windows.parse(at(store, "status", "serverRecoveryWindow") ?? {}));
  return {
    now: new Date(),
    firstSeconds: new Map(
      seen.flatMap(([archive, { firstRecoverabilityPoint: first }]) => (first === undefined ? [] : [[archive, first]])),
    ),
    clusters: (await client.list(CLUSTER, { namespace })).map(nameOf),
    running: await runningIn(client, namespace),
    record: await recordIn(client, app, namespace),
  };
}

async function recordIn(client: KubeClient, app: string, namespace: string): Promise<DatabaseState["record"]> {
  const found = await client.find({ apiVersion: "v1", kind: "ConfigMap", name: recordOf(app), namespace });
  return z.object({ at: z.iso.datetime(), archive: z.string() }).safeParse(at(found, "data")).data;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";

const kinds = {
  Deployment: { apiVersion: "apps/v1", template: ["spec", "template"] },
  StatefulSet: { apiVersion: "apps/v1", template: ["spec", "template"] },
  CronJob: { apiVersion: "batch/v1", template: ["spec", "jobTemplate", "spec", "template"] },
} as const;

async function runningIn(client: KubeClient, namespace: string): Promise<Running[]> {
  const found: Running[] = [];
  for (const kind of ["Deployment", "StatefulSet", "CronJob"] as const) {
    const { apiVersion, template } = kinds[kind];
    for (const object of await client.list({ apiVersion, kind }, { namespace })) {
      const labels = z
        .record(z.string(), z.string())
        .catch({})
        .parse(at(object, ...template, "metadata", "labels"));
      const replicas = z
        .number()
        .catch(1)
        .parse(at(object, "spec", "replicas"));
      const on = at(object, "spec", "suspend") === true ? 0 : 1;
      found.push({ kind, name: nameOf(object), replicas: kind === "CronJob" ? on : replicas, labels });
    }
  }
  return found;
}

/** Does one step; what is done already is left alone. */
export async function runDatabaseStep(runner: Runner, namespace: string, step: Step): Promise<void> {
  const { client } = runner;
  switch (step.do) {
    case "rest":
    case "wake":
      return scale(client, namespace, step.what, step.do === "rest" ? 0 : step.what.replicas);
    case "pause":
      await runner.sleep(step.seconds * 1000);
      return;
    case "apply":
      if (!isKubeObject(step.object)) throw new Error(`${step.says}: no object of Kubernetes`);
      await client.apply(step.object, { force: true });
      return;
    case "await":
      return healthy(runner, namespace, step);
    case "archived":
      return archived(runner, namespace, step.cluster);
    case "compare":
      return compare(runner, step.job);
    case "remove":
      return remove(runner, namespace, step);
  }
}

async function scale(
  client: KubeClient,
  namespace: string,
  { kind, name }: Pick<Running, "kind" | "name">,
  replicas: number,
): Promise<void> {
  const ref = { apiVersion: kinds[kind].apiVersion, kind, name, namespace };
  await client.patch(ref, { spec: kind === "CronJob" ? { suspend: replicas === 0 } : { replicas } });
}

async function healthy(
  runner: Runner,
  namespace: string,
  { cluster, instances }: Extract<Step, { do: "await" }>,
): Promise<void> {
  const { client } = runner;
  await until(runner, `Cluster ${namespace}/${cluster} works`, async () => {
    const object = await client.find({ ...CLUSTER, name: cluster, namespace });
    const phase = z
      .string()
      .catch("not looked at yet")
      .parse(at(object, "status", "phase"));
    const fault = faultIn(await printedByFailed(client, namespace, cluster));
    if (fault !== undefined) throw new UserError(`Cluster ${namespace}/${cluster} was not restored: ${fault.says}`);
    const ready = z
      .number()
      .catch(0)
      .parse(at(object, "status", "readyInstances"));
    return ready === instances && phase === "Cluster in healthy state" ? true : undefined;
  });
}

/** The containers that bring a database back: PostgreSQL's own, and the plugin's, which fetches from the archive. */
const RESTORERS = ["full-recovery", "plugin-barman-cloud"];

/** What they printed in the pods that failed. */
async function printedByFailed(client: KubeClient, namespace: string, cluster: string): Promise<string> {
  const labelSelector = `${CNPG_LABEL}=${cluster},cnpg.io/jobRole=full-recovery`;
  const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector });
  const logs = pods
    .filter((pod) => at(pod, "status", "phase") === "Failed")
    .flatMap((pod) => RESTORERS.map((container) => logOf(client, namespace, { pod: nameOf(pod), container })));
  return (await Promise.all(logs)).join("\n");
}

/** Nothing where it is not to be had: the wait goes on as it would without. */
async function logOf(
  client: KubeClient,
  namespace: string,
  { pod, container }: { readonly pod: string; readonly container: string },
): Promise<string> {
  try {
    const query = { container, tailLines: "300" };
    return String(await client.request("GET", `/api/v1/namespaces/${namespace}/pods/${pod}/log`, { query }));
  } catch (error) {
    if (error instanceof ApiError) return "";
    throw error;
  }
}

/**
 * What is in no archive goes with the database, and no way back brings it. CloudNativePG writes down whether the last segment
 * of the log was archived (cloudnative-pg, `ConditionContinuousArchiving`).
 */
async function archived({ client, say }: Runner, namespace: string, cluster: string): Promise<void> {
  const found = await client.find({ ...CLUSTER, name: cluster, namespace });
  if (found === undefined) return;
  const ready = at(found, "status", "readyInstances");
  if (typeof ready !== "number" || ready === 0) {
    say(`  no server of ${cluster} runs: what its log has and its archive has not cannot be archived any more`);
    return;
  }
  const { conditions } = archiving.parse(at(found, "status") ?? {});
  const stopped = conditions.find(({ type, status }) => type === "ContinuousArchiving" && status === "False");
  if (stopped === undefined) return;
  throw new UserError(
    `${namespace}/${cluster}: its log does not reach its archive (${stopped.message}), and what is in no archive would be lost for good. Mend that and go on with --continue, or go back with --undo; where it may be lost: kubectl -n ${namespace} delete cluster ${cluster}, then --continue`,
  );
}

const archiving = z.object({
  conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string().default("") })).default([]),
});

/** @throws {UserError} where a table is not what was recorded */
async function compare(runner: Runner, manifest: Manifest): Promise<void> {
  const { client, say } = runner;
  if (!isKubeObject(manifest)) throw new Error("no object of Kubernetes");
  const ref = refOf(manifest);
  const gone = async (): Promise<true | undefined> => ((await client.find(ref)) === undefined ? true : undefined);
  const remove = async (): Promise<void> => {
    await client.delete(ref, { propagation: "Foreground" });
    await until(runner, `Job ${nameOf(manifest)} is gone`, gone);
  };
  // One of an interrupted run may have counted another copy.
  if ((await gone()) === undefined) await remove();
  await client.create(manifest);
  const ended = await until(runner, `Job ${nameOf(manifest)} has compared the tables`, async () =>
    endOf(await client.find(ref)),
  );
  const said = await printedBy(runner, manifest);
  for (const line of said.split("\n").filter((each) => each !== "")) say(`  ${line}`);
  if (ended.type === "Failed")
    throw new UserError(
      `${ref.namespace ?? ""}/${nameOf(manifest)}: ${said === "" ? ended.message : (said.split("\n")[0] ?? "")}. Go back with --undo, and restore to an older second with --at; or mend it and go on with --continue`,
    );
  await remove();
}

async function printedBy({ client }: Runner, { metadata: { name, namespace = "" } }: KubeObject): Promise<string> {
  const pods = await podsOf(client, namespace, name ?? "");
  const logs = pods.map((pod) => logOf(client, namespace, { pod: nameOf(pod), container: "compare" }));
  return (await Promise.all(logs)).join("\n").trim();
}

async function remove(
  runner: Runner,
  namespace: string,
  { cluster, unlessArchive }: Extract<Step, { do: "remove" }>,
): Promise<void> {
  const { client } = runner;
  const ref = { ...CLUSTER, name: cluster, namespace };
  const found = await client.find(ref);
  if (found === undefined) return;
  if (unlessArchive !== undefined && at(found, "spec", "plugins", 0, "parameters", "serverName") === unlessArchive)
    return;
  await client.delete(ref, { propagation: "Foreground" });
  await until(runner, `Cluster ${namespace}/${cluster} is gone`, async () =>
    (await client.find(ref)) === undefined ? true : undefined,
  );
}
