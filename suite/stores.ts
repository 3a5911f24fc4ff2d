import { appOf, type AppKey } from "./apps";
import type { AppPeer, Store } from "./flow";
import { DEMO_ONLY, partLabels, podsOf, type PodLabels } from "./pods";

const bundledLabels: Readonly<Record<Store, PodLabels>> = {
  postgres: partLabels("postgresql", "primary"),
  redis: partLabels("redis", "master"),
  s3: partLabels("minio", "minio"),
};

/** Pods of the datastore that the suite bundles with an app. */
export function bundledStore(app: AppKey, store: Store): AppPeer {
  return podsOf(app).pods(store, bundledLabels[store], appOf(app).offInDemo ? DEMO_ONLY : undefined);
}

/**
 * Name of an app's CloudNativePG cluster; the suite's values lead to its Service `<name>-rw` (MinBZK/mijn-bureau-infra
 * b2ae545, helmfile/environments/default/database.yaml.gotmpl, `host`).
 */
export const clusterOf = (app: string): string => `${app}-cluster`;

/** Instances of the app's CloudNativePG cluster, its initdb and join Jobs included: all carry this label. */
export function cnpgInstances(app: AppKey): AppPeer {
  const optional = "made by the CloudNativePG operator, not by the suite";
  return podsOf(app).pods("cnpg", { "cnpg.io/cluster": clusterOf(app) }, optional);
}

/** Ports that datastores listen on, inside the cluster. */
export const storePorts: Readonly<Record<Store, number>> = { postgres: 5432, redis: 6379, s3: 9000 };
