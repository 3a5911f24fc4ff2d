import type { App } from "../app";
import { DJANGO_PROFILE } from "../app-armor";
import { INSTANCE, partLabels, podsOf } from "../pods";
import { djangoSuperuser, fromStoreOwner, oidc, rotatable, storeUrl } from "../secret-ways";
import { hostOf, nginxMetrics, route, signIn, staticRoute, wopiDiscovery } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const someIngressOnly = "rendered only for the ingress types traefik and haproxy-openshift";

const { pods, ...standard } = podsOf("drive");
const backend = pods("backend", partLabels("drive", "drive-backend"));
const celery = pods("celery", partLabels("drive", "drive-backend-celery"));
const celeryBeat = pods("celery-beat", partLabels("drive", "drive-backend-celery-beat"));
const frontend = pods("frontend", partLabels("drive", "drive-frontend"));
const migrate = pods("migrate", partLabels("drive", "drive-migrate"));
const superuser = pods("superuser", partLabels("drive", "drive-superuser"));
const wopi = pods("wopi", partLabels("drive", "drive-wopi"));
const wopiCronjob = pods("wopi-cronjob", partLabels("drive", "drive-cronjob-wopi"));
const nginx = pods("nginx", { ...partLabels("nginx"), [INSTANCE]: "drive-nginx" }, someIngressOnly);
const staticNginx = standard.staticNginx(someIngressOnly);
const minioConsole = standard.minioConsole();
const minioProvisioning = standard.minioProvisioning();

const bundledS3 = { app: "drive", store: "s3", provider: "bundled" } as const;

export const drive = {
  title: "Drive (files)",
  suiteName: "drive",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [11, 12], limits: [17, 18], storageGi: 120, pods: 40, claims: 8 }),
  hosts: { drive: "drive", "drive-static": "static-drive", "drive-minio": "drive-minio" },
  workloads: {
    backend,
    celery,
    celeryBeat,
    frontend,
    migrate,
    superuser,
    wopi,
    wopiCronjob,
    nginx,
    staticNginx,
    minioConsole,
    minioProvisioning,
  },
  datastores: {
    // The CronJob is missing from the stores' own list of clients upstream.
    postgres: { clients: [backend, celery, celeryBeat, migrate, superuser, wopi, wopiCronjob] },
    redis: { clients: [backend, celery, celeryBeat, wopi, wopiCronjob] },
    s3: { clients: [backend, celery, nginx], tools: [minioProvisioning, minioConsole] },
  },
  database: { name: "drive", user: "drive", password: "DB_PASSWORD" },
  volumes: { key: "drive", parts: ["minio", "postgresql", "redis"] },
  ownClaim: undefined,
  flows: {
    edge: [
      route(backend, 8000, "drive's API, and WOPI for Collabora"),
      route(frontend, 8080, "drive"),
      route(nginx, 8080, "files of drive (/media)"),
      staticRoute(staticNginx),
      {
        from: { kind: "ingressController" },
        to: { kind: "datastore", app: "drive", store: "s3" },
        why: "browsers upload to and download from drive-minio.<domain> with signed URLs",
        source: infra("apps/drive/values-minio.yaml.gotmpl"),
        when: [bundledS3],
      },
    ],
    hairpin: [
      signIn(backend),
      wopiDiscovery([backend, wopi, wopiCronjob]),
      {
        from: [backend, celery],
        to: hostOf("drive"),
        why: "drive reaches its bundled object store by the public hostname drive-minio.<domain>",
        source: infra("apps/drive/charts/drive/templates/configmap.yaml, AWS_S3_ENDPOINT_URL"),
        when: [bundledS3],
      },
    ],
    pods: [
      {
        from: nginx,
        to: backend,
        ports: [8000],
        why: "who may see a file is asked of the backend (media-auth)",
        source: infra("apps/drive/values-nginx.yaml.gotmpl"),
      },
    ],
    cluster: [nginxMetrics(nginx), nginxMetrics(staticNginx)],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    drive: {
      AWS_S3_ACCESS_KEY_ID: fromStoreOwner,
      AWS_S3_SECRET_ACCESS_KEY: fromStoreOwner,
      CELERY_BROKER_URL: storeUrl("cache.drive.password"),
      DB_PASSWORD: fromStoreOwner,
      DJANGO_SECRET_KEY: rotatable,
      DJANGO_SERVER_TO_SERVER_API_TOKENS: rotatable,
      OIDC_RP_CLIENT_SECRET: oidc("drive"),
      REDIS_URL: storeUrl("cache.drive.password"),
    },
    "drive-superuser": djangoSuperuser,
  },
  images: { drive_backend: "docker.io", drive_frontend: "docker.io" },
  registries: ["docker.io/lasuite/"],
  edge: { maxBodyBytes: 0, responseSeconds: 600 },
  appArmor: DJANGO_PROFILE,
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
