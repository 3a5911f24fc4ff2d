import type { LoadedConfig } from "../../config/load";
import { appKeys } from "../../suite/apps";
import { stores, type Store } from "../../suite/flow";
import { storesOf } from "../recovery/places";

/** What only some stacks have, by how the names of its metrics begin. */
const optional = {
  calico: "felix_",
  cilium: "cilium_",
  minio: "minio_",
  "nextcloud-exporter": "nextcloud_",
  "openshift-router": "haproxy_",
  "opentelemetry-export": "otelcol_",
  "postgres-exporter": "pg_",
  "redis-exporter": "redis_",
  traefik: "traefik_",
} as const;

export type MetricSource = keyof typeof optional;

const isSource = (name: string): name is MetricSource => Object.hasOwn(optional, name);
export const everySource: ReadonlySet<MetricSource> = new Set(Object.keys(optional).filter(isSource));

/** Whether the stack has the source of every metric of a query. */
export function measured(query: string, sources: ReadonlySet<MetricSource>): boolean {
  return [...everySource].every(
    (source) => sources.has(source) || !new RegExp(`(?<![\\w:])${optional[source]}`).test(query),
  );
}

/** The exporter beside each datastore that comes with the suite. */
const exporters: Readonly<Record<Store, MetricSource>> = {
  postgres: "postgres-exporter",
  redis: "redis-exporter",
  s3: "minio",
};

/** What the suite itself exports: its helmfile installs the exporters beside bundled datastores, and that of Nextcloud. */
export function suiteSources({ apps, network }: Pick<LoadedConfig, "apps" | "network">): MetricSource[] {
  if (!network.monitoring.metrics) return [];
  const enabled = appKeys.filter((key) => apps[key].enabled);
  return [
    ...stores
      .filter((store) => enabled.some((key) => storesOf({ network }, key).get(store) === "bundled"))
      .map((store) => exporters[store]),
    ...(apps.nextcloud.enabled ? (["nextcloud-exporter"] as const) : []),
  ];
}
