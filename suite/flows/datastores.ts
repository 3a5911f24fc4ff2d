import type { AppKey } from "../apps";
import type { AppPeer, Flow, Store } from "../flow";
import { bundledStore, cnpgInstances, storePorts, workloads as w } from "../workloads";
import { infra } from "./sources";

/** Of CloudNativePG's instances: status, and whether a primary still reaches the others (pkg/management/postgres/webserver). */
const statusPort = 8000;

const { openproject } = w;
const openprojectProcesses = [openproject.web, openproject.worker, openproject.seeder, openproject.cron];
const driveJobs = [w.drive.migrate, w.drive.superuser, w.drive.wopi, w.drive.wopiCronjob];

/** Who uses the datastores of an app. The store itself is bundled, CloudNativePG or external, by settings. */
const clients: Readonly<Record<Store, Readonly<Partial<Record<AppKey, readonly AppPeer[]>>>>> = {
  postgres: {
    conversations: [w.conversations.backend, w.conversations.migrate, w.conversations.superuser],
    docs: [w.docs.backend, w.docs.celery],
    drive: [w.drive.backend, w.drive.celery, w.drive.celeryBeat, ...driveJobs],
    // Blocked upstream for CloudNativePG: the chart selects pods of the bundled store only.
    element: [w.element.synapse],
    grist: [w.grist.grist],
    keycloak: [w.keycloak.keycloak],
    meet: [w.meet.backend, w.meet.migrate, w.meet.superuser],
    nextcloud: [w.nextcloud.nextcloud, w.nextcloud.cronjob],
    openproject: openprojectProcesses,
  },
  redis: {
    // Blocked upstream: the egress rule stands under a key that the chart does not read.
    bureaublad: [w.bureaublad.backend],
    conversations: [w.conversations.backend],
    docs: [w.docs.backend, w.docs.celery],
    // The CronJob is missing from the store's own list of clients upstream, for postgres too.
    drive: [w.drive.backend, w.drive.celery, w.drive.celeryBeat, w.drive.wopi, w.drive.wopiCronjob],
    element: [w.element.synapse],
    grist: [w.grist.grist],
    livekit: [w.livekit.server],
    meet: [w.meet.backend],
    nextcloud: [w.nextcloud.nextcloud, w.nextcloud.cronjob],
    openproject: openprojectProcesses,
  },
  s3: {
    docs: [w.docs.backend, w.docs.celery, w.docs.nginx],
    drive: [w.drive.backend, w.drive.celery, w.drive.nginx],
    grist: [w.grist.grist],
    nextcloud: [w.nextcloud.nextcloud, w.nextcloud.cronjob],
    openproject: openprojectProcesses,
  },
};

const stores: readonly { store: Store; why: string; values: string }[] = [
  { store: "postgres", why: "the app's database", values: "environments/default/database.yaml.gotmpl" },
  { store: "redis", why: "cache, sessions and task queue", values: "environments/default/cache.yaml.gotmpl" },
  { store: "s3", why: "files in object storage", values: "environments/default/objectstore.yaml.gotmpl" },
];

/** An app key of a record whose keys are app keys; `Object.keys` forgets that. */
const appsOf = (store: Store): AppKey[] => {
  const byApp = clients[store];
  const isApp = (key: string): key is AppKey => key in byApp;
  return Object.keys(byApp).filter(isApp);
};

const storeFlows = stores.flatMap(({ store, why, values }) =>
  appsOf(store).map((app): Flow => ({
    from: clients[store][app] ?? [],
    to: { kind: "datastore", app, store },
    why,
    source: infra(values),
  })),
);

/** Buckets and policies are made, and looked at, from inside the namespace. */
const minioFlows = [w.docs, w.drive, w.grist, w.nextcloud, w.openproject].flatMap((parts): Flow[] => {
  const { app } = parts.minioConsole;
  return [
    {
      from: [parts.minioProvisioning, parts.minioConsole],
      to: { kind: "datastore", app, store: "s3" },
      why: "the provisioning Job makes the bucket; the console shows it",
      source: infra("apps/common/charts/minio/templates/{provisioning,console}"),
      when: [{ app, store: "s3", provider: "bundled" }],
    },
  ];
});

const cnpgSource = infra("apps/<app>/values-cnpg-cluster.yaml.gotmpl; CloudNativePG, Networking");

/** A CloudNativePG cluster has no policy of its own: without these, nothing of it works under default deny. */
const cnpgFlows = appsOf("postgres").flatMap((app): Flow[] => {
  const instances = cnpgInstances(app);
  const when = [{ app, store: "postgres", provider: "cnpg" }] as const;
  return [
    {
      from: instances,
      to: { kind: "kubeApi" },
      why: "the instance manager reads its Cluster and reports status",
      source: cnpgSource,
      when,
    },
    {
      from: instances,
      to: instances,
      ports: [storePorts.postgres, statusPort],
      why: "replication, the Job that joins a replica, and the primary's check that it is not cut off",
      source: cnpgSource,
      when,
    },
    {
      from: { kind: "cnpgOperator" },
      to: instances,
      ports: [storePorts.postgres, statusPort],
      why: "the operator asks each instance for its status and manages the database",
      source: cnpgSource,
      when,
    },
    {
      from: { kind: "monitoring" },
      to: instances,
      ports: [9187],
      why: "metrics of the database",
      source: cnpgSource,
      when: ["metrics", ...when],
    },
    {
      from: instances,
      to: { kind: "cnpgBackups", app },
      why: "base backups and write-ahead log",
      source: "CloudNativePG, Backup on object stores",
      when,
    },
  ];
});

const exporters: readonly { store: Store; port: number; why: string }[] = [
  { store: "postgres", port: 9187, why: "postgres-exporter beside the bundled database" },
  { store: "redis", port: 9121, why: "redis-exporter beside the bundled cache" },
  { store: "s3", port: 9000, why: "MinIO's own /minio/v2/metrics" },
];

/** LiveKit's Redis is the one store without an exporter. */
const exporterFlows = exporters.flatMap(({ store, port, why }) =>
  appsOf(store)
    .filter((app) => !(store === "redis" && app === "livekit"))
    .map((app): Flow => ({
      from: { kind: "monitoring" },
      to: bundledStore(app, store),
      ports: [port],
      why: `metrics: ${why}`,
      source: infra("environments/default/metric.yaml.gotmpl"),
      when: ["metrics", { app, store, provider: "bundled" }],
    })),
);

export const datastoreFlows: readonly Flow[] = [...storeFlows, ...minioFlows, ...cnpgFlows, ...exporterFlows];
