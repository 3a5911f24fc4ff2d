import type { App } from "../app";
import { DJANGO_PROFILE } from "../app-armor";
import { INSTANCE, partLabels, podsOf } from "../pods";
import { fromStoreOwner, llmKey, merge, oidc, rotatable, storeUrl } from "../secret-ways";
import { assistant, hostOf, mail, nginxMetrics, route, signIn, staticRoute } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods, ...standard } = podsOf("docs");
/** Also the Jobs that migrate the database and create the first user: they carry the backend's labels. */
const backend = pods("backend", partLabels("docs", "backend"));
const celery = pods("celery-worker", partLabels("docs", "celery-worker"));
const docspec = pods("docspec", partLabels("docs", "docspec"));
const frontend = pods("frontend", partLabels("docs", "frontend"));
const yProvider = pods("y-provider", partLabels("docs", "y-provider"));
const nginx = pods("nginx", { ...partLabels("nginx"), [INSTANCE]: "docs-nginx" });
const staticNginx = standard.staticNginx();
const minioConsole = standard.minioConsole();
const minioProvisioning = standard.minioProvisioning();

export const docs = {
  title: "Docs (notes)",
  suiteName: "docs",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [10, 11], limits: [15, 16], storageGi: 60, pods: 34, claims: 8 }),
  hosts: { docs: "docs", "docs-static": "static-docs" },
  workloads: {
    backend,
    celery,
    docspec,
    frontend,
    yProvider,
    nginx,
    staticNginx,
    minioConsole,
    minioProvisioning,
  },
  datastores: {
    postgres: { clients: [backend, celery] },
    redis: { clients: [backend, celery] },
    s3: { clients: [backend, celery, nginx], tools: [minioProvisioning, minioConsole] },
  },
  database: { name: "docs", user: "docs", password: "DB_PASSWORD" },
  volumes: { key: "docs", parts: ["minio", "postgresql", "redis"] },
  ownClaim: undefined,
  flows: {
    edge: [
      route(backend, 8000, "notes' API (/api, /admin, /static)"),
      route(frontend, 8080, "notes"),
      route(yProvider, 4444, "working together in one note (/collaboration)"),
      route(nginx, 8080, "attachments of notes (/media)"),
      staticRoute(staticNginx),
    ],
    hairpin: [
      signIn(backend),
      {
        from: [backend, yProvider],
        to: hostOf("docs"),
        why: "notes' backend and collaboration server call one another by the public hostname",
        source: infra("apps/docs/values.yaml.gotmpl, COLLABORATION_API_URL and COLLABORATION_BACKEND_BASE_URL"),
      },
    ],
    pods: [
      assistant([backend, celery]),
      {
        from: [backend, celery],
        to: docspec,
        ports: [4000],
        why: "conversion of documents",
        source: infra(
          "apps/docs/values.yaml.gotmpl, DOCSPEC_API_URL; blocked upstream by a selector that matches no pod",
        ),
      },
      {
        from: [backend, celery],
        to: yProvider,
        ports: [4444],
        why: "conversion and access to notes that are open in an editor",
        source: infra("apps/docs/values.yaml.gotmpl, Y_PROVIDER_API_BASE_URL"),
      },
      {
        from: nginx,
        to: backend,
        ports: [8000],
        why: "who may see an attachment is asked of the backend (media-auth)",
        source: infra("apps/docs/values-nginx.yaml.gotmpl"),
      },
    ],
    cluster: [nginxMetrics(nginx), nginxMetrics(staticNginx)],
    outside: [mail([backend, celery])],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    docs: {
      AWS_S3_ACCESS_KEY_ID: fromStoreOwner,
      AWS_S3_SECRET_ACCESS_KEY: fromStoreOwner,
      COLLABORATION_SERVER_SECRET: rotatable,
      DB_PASSWORD: fromStoreOwner,
      DJANGO_CELERY_BROKER_URL: storeUrl("cache.docs.password"),
      DJANGO_EMAIL_HOST_PASSWORD: { way: "merge", shared: "smtp", property: "password" },
      DJANGO_SECRET_KEY: rotatable,
      // Upstream renders the literal "secret-api-key" here; the merge replaces it.
      DJANGO_SERVER_TO_SERVER_API_TOKENS: rotatable,
      DJANGO_SUPERUSER_PASSWORD: merge,
      MIGRATE_DB_PASSWORD: fromStoreOwner,
      OIDC_RP_CLIENT_SECRET: oidc("docs"),
      REDIS_URL: storeUrl("cache.docs.password"),
      Y_PROVIDER_API_KEY: rotatable,
      AI_API_KEY: llmKey,
    },
  },
  images: { docspec: "ghcr.io", docs: "docker.io" },
  registries: ["docker.io/lasuite/", "ghcr.io/docspecio/"],
  edge: {},
  appArmor: DJANGO_PROFILE,
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
