import { eachApp } from "../apps";
import { stores, type Flow, type Store } from "../flow";
import { infra } from "../sources";
import { bundledStore, cnpgInstances, storePorts } from "../stores";

/** Of CloudNativePG's instances: status, and whether a primary still reaches the others (pkg/management/postgres/webserver). */
const statusPort = 8000;

const uses: Readonly<Record<Store, { readonly why: string; readonly values: string }>> = {
  postgres: { why: "the app's database", values: "environments/default/database.yaml.gotmpl" },
  redis: { why: "cache, sessions and task queue", values: "environments/default/cache.yaml.gotmpl" },
  s3: { why: "files in object storage", values: "environments/default/objectstore.yaml.gotmpl" },
};

/** Every app that has the store, with what its file says of it. */
const having = (store: Store) =>
  eachApp.flatMap(({ key, app }) => {
    const own = app.datastores[store];
    return own === undefined ? [] : [{ app: key, own }];
  });

/** Who uses the datastores of an app. The store itself is bundled, CloudNativePG or external, by settings. */
const storeFlows = stores.flatMap((store) =>
  having(store).map(({ app, own }): Flow => ({
    from: own.clients,
    to: { kind: "datastore", app, store },
    why: uses[store].why,
    source: infra(uses[store].values),
  })),
);

/** Buckets and policies are made, and looked at, from inside the namespace. */
const toolFlows = stores.flatMap((store) =>
  having(store).flatMap(({ app, own: { tools } }): Flow[] =>
    tools === undefined
      ? []
      : [
          {
            from: tools,
            to: { kind: "datastore", app, store },
            why: "the provisioning Job makes the bucket; the console shows it",
            source: infra("apps/common/charts/minio/templates/{provisioning,console}"),
            when: [{ app, store, provider: "bundled" }],
          },
        ],
  ),
);

const cnpgSource = infra("apps/<app>/values-cnpg-cluster.yaml.gotmpl; CloudNativePG, Networking");

/** A CloudNativePG cluster has no policy of its own: without these, nothing of it works under default deny. */
const cnpgFlows = having("postgres").flatMap(({ app }): Flow[] => {
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

const exporters: Readonly<Record<Store, { readonly port: number; readonly why: string }>> = {
  postgres: { port: 9187, why: "postgres-exporter beside the bundled database" },
  redis: { port: 9121, why: "redis-exporter beside the bundled cache" },
  s3: { port: 9000, why: "MinIO's own /minio/v2/metrics" },
};

const exporterFlows = stores.flatMap((store) =>
  having(store)
    .filter(({ own }) => own.exporter !== false)
    .map(({ app }): Flow => ({
      from: { kind: "monitoring" },
      to: bundledStore(app, store),
      ports: [exporters[store].port],
      why: `metrics: ${exporters[store].why}`,
      source: infra("environments/default/metric.yaml.gotmpl"),
      when: ["metrics", { app, store, provider: "bundled" }],
    })),
);

export const datastoreFlows: readonly Flow[] = [...storeFlows, ...toolFlows, ...cnpgFlows, ...exporterFlows];
