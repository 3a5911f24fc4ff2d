import { appOf, type AppKey } from "./apps";
import type { AppPeer, PodGroup, Store } from "./flow";
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

/** On everything that CloudNativePG makes for a database: pods, claims, Secrets, Services (its documentation, "Labels and Annotations"). */
export const CNPG_LABEL = "cnpg.io/cluster";

/**
 * Name of an app's CloudNativePG cluster; the suite's values lead to its Service `<name>-rw` (MinBZK/mijn-bureau-infra
 * b2ae545, helmfile/environments/default/database.yaml.gotmpl, `host`).
 */
export const clusterOf = (app: string): string => `${app}-cluster`;

/**
 * Instances of the app's CloudNativePG clusters, their Jobs included: all carry this label, with the cluster's name. That of
 * a copy, beside the database or before it is restored over, is another one.
 */
export function cnpgInstances(app: AppKey): AppPeer {
  const pods: PodGroup = {
    name: "cnpg",
    labels: {},
    expressions: [{ key: CNPG_LABEL, operator: "Exists" }],
    optional: "made by the CloudNativePG operator, not by the suite",
  };
  return { kind: "app", app, pods };
}

/** Ports that datastores listen on, inside the cluster. */
export const storePorts: Readonly<Record<Store, number>> = { postgres: 5432, redis: 6379, s3: 9000 };
