import type { AppKey } from "./apps";
import type { AppPeer, PodGroup, Store } from "./flow";

/**
 * The pods of MijnBureau by the labels in their pod templates, as its helmfile renders them
 * (MinBZK/mijn-bureau-infra b2ae545). Each set of labels matches its own pods only: within one namespace
 * `app.kubernetes.io/component: master` alone, for one, is Synapse and Redis.
 */
const NAME = "app.kubernetes.io/name";
const COMPONENT = "app.kubernetes.io/component";
const INSTANCE = "app.kubernetes.io/instance";
const PART_OF = "app.kubernetes.io/part-of";

const openproject = "OpenProject is switched off in every environment that the suite ships";
const demoOnly = "the suite renders bundled datastores only in its environment demo, and this app is off there";
const driveNginx = "rendered only for the ingress types traefik and haproxy-openshift";

const pods = (name: string, labels: Record<string, string>, optional?: string): PodGroup => ({
  name,
  labels,
  ...(optional === undefined ? {} : { optional }),
});

const component = (app: string, value: string, name: string, optional?: string): PodGroup =>
  pods(name, { [NAME]: app, [COMPONENT]: value }, optional);

const peer = (app: AppKey, group: PodGroup): AppPeer => ({ kind: "app", app, pods: group });

/** `nginx` that serves the button to Bureaublad and theme files on the host `static-<app>`. */
const staticNginx = (app: AppKey, optional?: string): AppPeer =>
  peer(app, component("nginx", "static-nginx", "static-nginx", optional));

/** Parts of the `minio` chart besides the store itself. The provisioning Job has neither name nor instance label. */
const minioParts = (app: AppKey, optional?: string) => ({
  minioConsole: peer(
    app,
    component("minio", "console", "minio-console", optional ?? "the console can be switched off"),
  ),
  minioProvisioning: peer(
    app,
    pods("minio-provisioning", { [COMPONENT]: "provisioning", [PART_OF]: "minio" }, optional),
  ),
});

export const workloads = {
  bureaublad: {
    backend: peer("bureaublad", component("bureaublad", "bureaublad-backend", "backend")),
    frontend: peer("bureaublad", component("bureaublad", "bureaublad-frontend", "frontend")),
  },
  clamav: { clamav: peer("clamav", component("clamav", "clamav", "clamav")) },
  collabora: { collabora: peer("collabora", component("collabora", "collabora", "collabora")) },
  conversations: {
    backend: peer("conversations", component("conversations", "conversations-backend", "backend")),
    frontend: peer("conversations", component("conversations", "conversations-frontend", "frontend")),
    migrate: peer("conversations", component("conversations", "conversations-migrate", "migrate")),
    superuser: peer("conversations", component("conversations", "conversations-superuser", "superuser")),
    staticNginx: staticNginx("conversations"),
  },
  docs: {
    /** Also the Jobs that migrate the database and create the first user: they carry the backend's labels. */
    backend: peer("docs", component("docs", "backend", "backend")),
    celery: peer("docs", component("docs", "celery-worker", "celery-worker")),
    docspec: peer("docs", component("docs", "docspec", "docspec")),
    frontend: peer("docs", component("docs", "frontend", "frontend")),
    yProvider: peer("docs", component("docs", "y-provider", "y-provider")),
    nginx: peer("docs", pods("nginx", { [NAME]: "nginx", [INSTANCE]: "docs-nginx" })),
    staticNginx: staticNginx("docs"),
    ...minioParts("docs"),
  },
  drive: {
    backend: peer("drive", component("drive", "drive-backend", "backend")),
    celery: peer("drive", component("drive", "drive-backend-celery", "celery")),
    celeryBeat: peer("drive", component("drive", "drive-backend-celery-beat", "celery-beat")),
    frontend: peer("drive", component("drive", "drive-frontend", "frontend")),
    migrate: peer("drive", component("drive", "drive-migrate", "migrate")),
    superuser: peer("drive", component("drive", "drive-superuser", "superuser")),
    wopi: peer("drive", component("drive", "drive-wopi", "wopi")),
    wopiCronjob: peer("drive", component("drive", "drive-cronjob-wopi", "wopi-cronjob")),
    nginx: peer("drive", pods("nginx", { [NAME]: "nginx", [INSTANCE]: "drive-nginx" }, driveNginx)),
    staticNginx: staticNginx("drive", driveNginx),
    ...minioParts("drive"),
  },
  element: {
    web: peer("element", component("element-web", "element-web", "element-web")),
    synapse: peer("element", component("synapse", "master", "synapse")),
    keygen: peer("element", component("synapse", "synapse-keygen", "synapse-keygen")),
  },
  grist: {
    grist: peer("grist", component("grist", "grist", "grist")),
    staticNginx: staticNginx("grist"),
    ...minioParts("grist", demoOnly),
  },
  keycloak: {
    keycloak: peer("keycloak", component("keycloak", "keycloak", "keycloak")),
    configCli: peer("keycloak", component("keycloak", "keycloak-config-cli", "config-cli")),
  },
  livekit: {
    server: peer("livekit", component("livekit-server", "livekit-server", "server")),
    job: peer("livekit", component("livekit-server", "livekit-server-job", "job")),
    cronjob: peer("livekit", component("livekit-server", "livekit-server-cronjob", "cronjob")),
  },
  meet: {
    backend: peer("meet", component("meet", "meet-backend", "backend")),
    frontend: peer("meet", component("meet", "meet-frontend", "frontend")),
    migrate: peer("meet", component("meet", "meet-migrate", "migrate")),
    superuser: peer("meet", component("meet", "meet-superuser", "superuser")),
    staticNginx: staticNginx("meet"),
  },
  nextcloud: {
    nextcloud: peer("nextcloud", component("nextcloud", "nextcloud", "nextcloud")),
    cronjob: peer("nextcloud", component("nextcloud", "nextcloud-cronjob", "cronjob")),
    metrics: peer("nextcloud", component("nextcloud", "metrics", "metrics")),
    ...minioParts("nextcloud", demoOnly),
  },
  ollama: { ollama: peer("ollama", component("ollama", "ollama", "ollama")) },
  openproject: {
    web: peer("openproject", component("openproject", "web", "web", openproject)),
    worker: peer("openproject", component("openproject", "worker-default", "worker", openproject)),
    seeder: peer("openproject", component("openproject", "seeder", "seeder", openproject)),
    cron: peer("openproject", component("openproject", "cron", "cron", openproject)),
    test: peer("openproject", component("openproject", "test-connection", "test-connection", openproject)),
    ...minioParts("openproject", openproject),
  },
} as const satisfies Record<AppKey, Readonly<Record<string, AppPeer>>>;

const appsOffInDemo: readonly AppKey[] = ["grist", "nextcloud", "openproject"];

const bundledLabels: Readonly<Record<Store, Readonly<Record<string, string>>>> = {
  postgres: { [NAME]: "postgresql", [COMPONENT]: "primary" },
  redis: { [NAME]: "redis", [COMPONENT]: "master" },
  s3: { [NAME]: "minio", [COMPONENT]: "minio" },
};

/** Pods of the datastore that the suite bundles with an app. */
export function bundledStore(app: AppKey, store: Store): AppPeer {
  return peer(app, pods(store, { ...bundledLabels[store] }, appsOffInDemo.includes(app) ? demoOnly : undefined));
}

/** Instances of the app's CloudNativePG cluster, its initdb and join Jobs included: all carry this label. */
export function cnpgInstances(app: AppKey): AppPeer {
  const optional = "made by the CloudNativePG operator, not by the suite";
  return peer(app, pods("cnpg", { "cnpg.io/cluster": `${app}-cluster` }, optional));
}

/** Ports that datastores listen on, inside the cluster. */
export const storePorts: Readonly<Record<Store, number>> = { postgres: 5432, redis: 6379, s3: 9000 };
