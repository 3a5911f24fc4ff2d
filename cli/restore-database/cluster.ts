import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Facts } from "../../components/operators/frame/facts";
import { databasesOf } from "../../components/operators/databases/objects";
import { faultIn } from "../../components/operators/databases/faults";
import { shapeOf } from "../../components/operators/databases/cluster";
import type { RestoreState, Running, Step } from "../../components/operators/databases/restore";
import type { Settings } from "../../components/operators/databases/settings";
import { CNPG_LABEL, clusterOf } from "../../suite/stores";
import { UserError } from "../../lib/errors";
import { ApiError, at, isKubeObject, type KubeClient, type KubeObject } from "../../lib/kube/client";

const NOTE = "platform-database-restore";
const CLUSTER = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" } as const;
const POLL_MS = 2000;
const PATIENCE_MS = 60 * 60 * 1000;

const running = z.object({
  kind: z.enum(["Deployment", "StatefulSet", "CronJob"]),
  name: z.string(),
  replicas: z.number(),
});
const noted = z.object({
  app: z.string(),
  at: z.string().optional(),
  to: z.string().optional(),
  started: z.string(),
  archive: z.string(),
  running: z.array(running),
  removed: z.boolean(),
});
const windows = z.record(
  z.string(),
  z.object({ firstRecoverabilityPoint: z.string().optional(), lastSuccessfulBackupTime: z.string().optional() }),
);

const note = (namespace: string) => ({ apiVersion: "v1", kind: "ConfigMap", name: NOTE, namespace });

/** What is to be known of an app's database before it is restored; little where the app has none. */
export async function readState(
  client: KubeClient,
  app: string,
  { settings, facts }: { readonly settings: Settings; readonly facts: Facts },
): Promise<RestoreState> {
  const now = new Date().toISOString();
  const database = databasesOf(settings, facts.apps).find((each) => each.app === app);
  if (database === undefined) return { now, clusters: [], running: [] };
  const { namespace } = database;
  const { archive } = shapeOf(database, settings);
  const store = await client.find({
    apiVersion: "barmancloud.cnpg.io/v1",
    kind: "ObjectStore",
    name: clusterOf(app),
    namespace,
  });
  const window = windows.safeParse(at(store, "status", "serverRecoveryWindow")).data?.[archive];
  const written = z
    .string()
    .catch("null")
    .parse(at(await client.find(note(namespace)), "data", "restore"));
  const underway = noted.safeParse(JSON.parse(written));
  return {
    now,
    ...(window === undefined
      ? {}
      : { window: { first: window.firstRecoverabilityPoint, lastBackup: window.lastSuccessfulBackupTime } }),
    clusters: (await client.list(CLUSTER, { namespace })).map(nameOf),
    running: await runningIn(client, namespace),
    ...(underway.success ? { underway: underway.data } : {}),
  };
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
export async function runStep(client: KubeClient, namespace: string, step: Step): Promise<void> {
  switch (step.do) {
    case "note":
      return writeNote(client, namespace, JSON.stringify(step.record), step.record.removed);
    case "forget":
      await client.delete(note(namespace));
      return;
    case "rest":
    case "wake":
      return scale(client, namespace, step.what, step.do === "rest" ? 0 : step.what.replicas);
    case "pause":
      await sleep(step.seconds * 1000);
      return;
    case "apply":
      if (!isKubeObject(step.object)) throw new Error(`${step.says}: no object of Kubernetes`);
      await client.apply(step.object, { force: true });
      return;
    case "await":
      return healthy(client, namespace, step);
    case "remove":
      return remove(client, namespace, step);
  }
}

/** The API server lets one make it: of two restores at once the second is told so. */
async function writeNote(client: KubeClient, namespace: string, restore: string, again: boolean): Promise<void> {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: NOTE, namespace }, data: { restore } };
  const before = await client.find(note(namespace));
  const same = at(before, "data", "restore") === restore;
  if (same) return;
  if (again) {
    await client.apply(object, { force: true });
    return;
  }
  try {
    await client.create(object);
  } catch (error) {
    if (error instanceof ApiError && error.code === 409) {
      throw new UserError(
        `another restore in ${namespace} began a moment ago; wait for it, or run it again to see which`,
      );
    }
    throw error;
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
  client: KubeClient,
  namespace: string,
  { cluster, instances }: Extract<Step, { do: "await" }>,
): Promise<void> {
  await until(`Cluster ${namespace}/${cluster} works`, async () => {
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
    return ready === instances && phase === "Cluster in healthy state"
      ? undefined
      : `${phase}, ${String(ready)} of ${String(instances)} ready`;
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

async function remove(
  client: KubeClient,
  namespace: string,
  { cluster, unlessArchive }: Extract<Step, { do: "remove" }>,
): Promise<void> {
  const ref = { ...CLUSTER, name: cluster, namespace };
  const found = await client.find(ref);
  if (found === undefined) return;
  if (unlessArchive !== undefined && at(found, "spec", "plugins", 0, "parameters", "serverName") === unlessArchive)
    return;
  await client.delete(ref, { propagation: "Foreground" });
  await until(`Cluster ${namespace}/${cluster} is gone`, async () =>
    (await client.find(ref)) === undefined ? undefined : "still there",
  );
}

/** @param state what is still missing; undefined: nothing */
async function until(what: string, state: () => Promise<string | undefined>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const missing = await state();
    if (missing === undefined) return;
    if (Date.now() > deadline) throw new UserError(`not within an hour: ${what} (${missing}). Run it again to go on`);
    await sleep(POLL_MS);
  }
}
