import { z } from "zod";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exempt } from "../../exemptions";
import { clusterName, organisationOf, pullSecrets, registry } from "../frame/facts";
import { between, group, outside, peer, scrape } from "../frame/flows";
import { logStore, tenant } from "./place";
import { apart, budgetFor, evictBroken, linux, overZones, resources, workerNodes } from "../frame/pods";
import { oneLine, serviceAccountKey } from "../frame/secret-templates";
import { alerts } from "./alerts";
import { folderOf, storage, storeOf, type Storage } from "./stores";
import { chart } from "./chart";

const NAMESPACE = logStore.namespace;
const part = (name: string, component: string) =>
  group(name, { "app.kubernetes.io/name": "loki", "app.kubernetes.io/component": component });
const server = part("single-binary", "single-binary");
const chunksCache = part("chunks-cache", "memcached-chunks-cache");
const resultsCache = part("results-cache", "memcached-results-cache");
const gateway = logStore.gateway;

const OBJECT_STORE_SECRET = "loki-object-store";
const HTPASSWD_SECRET = "loki-gateway-htpasswd";
const ports = {
  http: 3100,
  grpc: 9095,
  gossip: 7946,
  memcached: 11_211,
  memcachedExporter: 9150,
  gatewayExporter: 4040,
};

const storeFor = (settings: { readonly storage: Storage }) =>
  storeOf(settings.storage, { namespace: NAMESPACE, secret: OBJECT_STORE_SECRET });

const hours = z.string().regex(/^\d+h$/, "is not a number of hours; example: 744h");

export default defineOperator({
  name: "loki",
  title: "Loki: logs of every namespace and the audit log, in an object store, kept per class.",
  duties: [
    "Buckets outside the cluster; versioning, and object lock where the audit log is evidence. `platform/loki` in the secret store holds username, password and the line of `htpasswd -nB` for them.",
  ],
  enabledByDefault: true,
  namespaces: [
    {
      name: NAMESPACE,
      holdsData: true,
      podSecurity: { level: "restricted", reason: "Every pod of the chart runs restricted." },
    },
  ],
  settings: {
    storage: storage.describe("Object store for the logs; versioning and lock keep the audit tenant's copy honest."),
    retention: z
      .strictObject({
        platform: hours.default("744h"),
        apps: hours.default("744h"),
        audit: hours.default("9600h"),
        security: hours.default("9600h"),
      })
      .prefault({})
      .describe("How long each class of logs is kept."),
    volumeSize: z
      .string()
      .regex(/^\d+Gi$/, "is not a size in Gi; example: 10Gi")
      .default("20Gi"),
  },
  alerts: [alerts],
  needs: ["external-secrets", "prometheus", "storage"],
  provides: ["log-store"],
  chart: { ...chart, release: "loki" },
  // The chart makes a budget of the gateway only with a number that has no default.
  before: ({ settings }) => [budgetFor(NAMESPACE, { ...gateway, name: "loki-gateway" }), ...storeFor(settings).objects],
  values: ({ facts, settings }) => {
    const { retention } = settings;
    const store = storeFor(settings);
    const monitors = facts.capabilities.has("monitors");
    const image = { registry: registry(facts, "docker.io") };
    const cache = { replicas: 1, priorityClassName: priorityClass.standard, affinity: workerNodes };
    return {
      deploymentMode: "Monolithic",
      imagePullSecrets: pullSecrets(facts),
      defaults: { priorityClassName: priorityClass.critical, automountServiceAccountToken: false, nodeSelector: linux },
      loki: {
        image,
        // Each class of logs is a tenant, with its own retention and its own readers.
        auth_enabled: true,
        analytics: { reporting_enabled: false },
        commonConfig: { replication_factor: 3 },
        schemaConfig: {
          configs: [
            {
              from: "2026-01-01",
              store: "tsdb",
              object_store: store.type,
              schema: "v13",
              index: { prefix: "index_", period: "24h" },
            },
          ],
        },
        storage: {
          type: store.type,
          bucketNames: { chunks: settings.storage.chunksBucket },
          // The only of Loki's clients that know folders.
          use_thanos_objstore: true,
          object_store: {
            type: store.type,
            storage_prefix: folderOf(settings.storage, facts),
            ...store.values,
          },
        },
        compactor: {
          retention_enabled: true,
          delete_request_store: store.type,
          working_directory: "/var/loki/compactor",
        },
        limits_config: {
          retention_period: retention.platform,
          reject_old_samples: true,
          reject_old_samples_max_age: "168h",
          ingestion_rate_mb: 8,
          ingestion_burst_size_mb: 16,
          max_label_names_per_series: 15,
          max_streams_per_user: 10_000,
          // Audit events and benchmark results are long lines.
          max_line_size: "1MB",
          volume_enabled: true,
        },
        runtimeConfig: {
          overrides: Object.fromEntries(
            Object.values(tenant).map((name) => [name, { retention_period: retention[name] }]),
          ),
        },
        configStorageType: "Secret",
      },
      // There are no rules: what must alert is a metric that Alloy makes of the lines.
      ruler: { enabled: false },
      singleBinary: {
        replicas: 3,
        extraArgs: ["-config.expand-env=true"],
        extraEnvFrom:
          store.asFile || Object.keys(store.secret).length === 0 ? [] : [{ secretRef: { name: OBJECT_STORE_SECRET } }],
        ...(store.env.length === 0 ? {} : { extraEnv: store.env }),
        ...(Object.keys(store.labels).length === 0 ? {} : { podLabels: store.labels }),
        extraVolumes: store.volumes,
        extraVolumeMounts: store.mounts,
        resources: resources(["500m", "1Gi"], ["2", "4Gi"]),
        persistence: {
          enabled: true,
          size: settings.volumeSize,
          storageClass: facts.storageClass,
        },
        podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
        topologySpreadConstraints: overZones(server.labels),
        affinity: { ...workerNodes, ...apart(server.labels) },
      },
      // For the sidecar the chart grants every Secret and ConfigMap of the cluster.
      sidecar: { rules: { enabled: false } },
      read: { replicas: 0 },
      write: { replicas: 0 },
      backend: { replicas: 0 },
      gateway: {
        image,
        replicas: 2,
        resources: resources(["50m", "64Mi"], ["500m", "256Mi"]),
        basicAuth: { enabled: true, existingSecret: HTPASSWD_SECRET },
        // Readiness asks a page; that nginx takes connections is enough to go on.
        livenessProbe: { tcpSocket: { port: "http" } },
        verboseLogging: false,
        metrics: {
          image: { registry: registry(facts, "ghcr.io") },
          resources: resources(["10m", "32Mi"], ["100m", "64Mi"]),
        },
        affinity: { ...workerNodes, ...apart(gateway.labels) },
      },
      serviceAccount: {
        automountServiceAccountToken: false,
        ...(Object.keys(store.annotations).length === 0 ? {} : { annotations: store.annotations }),
      },
      // A DaemonSet that reads back what it wrote; the stream alerts do that work.
      lokiCanary: { enabled: false },
      test: { enabled: false },
      chunksCache: {
        enabled: true,
        allocatedMemory: 1024,
        ...cache,
        resources: resources(["100m", "1229Mi"], ["1", "1229Mi"]),
      },
      resultsCache: {
        enabled: true,
        allocatedMemory: 512,
        ...cache,
        resources: resources(["100m", "614Mi"], ["1", "614Mi"]),
      },
      memcached: { image },
      memcachedExporter: { image, resources: resources(["10m", "32Mi"], ["100m", "64Mi"]) },
      networkPolicy: { enabled: false },
      monitoring: {
        serviceMonitor: { enabled: monitors },
        dashboards: { enabled: monitors },
        alerts: { enabled: false },
        rules: {
          enabled: monitors,
          additionalRuleLabels: { organisation: organisationOf(facts), cluster: clusterName(facts) },
        },
      },
      minio: { enabled: false },
      rollout_operator: { enabled: false },
    };
  },
  secrets: ({ settings }) => [
    ...(Object.keys(storeFor(settings).secret).length === 0
      ? []
      : [
          {
            from: "store" as const,
            namespace: NAMESPACE,
            name: OBJECT_STORE_SECRET,
            values: storeFor(settings).secret,
            // They are expanded in the text of Loki's configuration.
            template: Object.fromEntries(
              Object.keys(storeFor(settings).secret).map((name) => [
                name,
                name === "service_account_key" ? serviceAccountKey(name) : oneLine(name),
              ]),
            ),
            why: "Credentials of the log buckets.",
          },
        ]),
    {
      from: "store",
      namespace: NAMESPACE,
      name: HTPASSWD_SECRET,
      values: { ".htpasswd": { key: "platform/loki", property: "htpasswd" } },
      why: "Who may write and read logs: the line of `htpasswd -nB` for platform/loki's username and password.",
    },
  ],
  exemptions: () =>
    exempt(
      ["secrets/literal-secret"],
      { kind: "Secret", namespace: NAMESPACE, name: "loki" },
      "The chart keeps the configuration in a Secret; credentials come from the secret store as environment.",
    ),
  flows: ({ settings }) => {
    const at = (pods: typeof server) => peer(NAMESPACE, pods);
    return [
      between(at(gateway), at(server), [ports.http], "Reads and writes that passed the login"),
      between(
        at(server),
        at(server),
        [ports.http, ports.grpc, ports.gossip],
        "Replicas share the ring and one another's streams",
      ),
      between(at(server), at(chunksCache), [ports.memcached], "Cache of chunks"),
      between(at(server), at(resultsCache), [ports.memcached], "Cache of results"),
      ...storeFor(settings).outside.map((place) => outside(at(server), place, "Chunks and index")),
      scrape(NAMESPACE, server, ports.http),
      scrape(NAMESPACE, gateway, ports.gatewayExporter),
      scrape(NAMESPACE, chunksCache, ports.memcachedExporter),
      scrape(NAMESPACE, resultsCache, ports.memcachedExporter),
    ];
  },
  patches: () => [evictBroken],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "loki", port: ports.http }],
});
