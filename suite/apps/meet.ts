import type { App } from "../app";
import { DJANGO_PROFILE } from "../app-armor";
import { partLabels, podsOf } from "../pods";
import { djangoSuperuser, fromStoreOwner, oidc, rotatable, storeUrl } from "../secret-ways";
import { hostOf, nginxMetrics, route, signIn, staticRoute } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods, ...standard } = podsOf("meet");
const backend = pods("backend", partLabels("meet", "meet-backend"));
const frontend = pods("frontend", partLabels("meet", "meet-frontend"));
const migrate = pods("migrate", partLabels("meet", "meet-migrate"));
const superuser = pods("superuser", partLabels("meet", "meet-superuser"));
const staticNginx = standard.staticNginx();

export const meet = {
  title: "Meet (video meetings)",
  suiteName: "meet",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "standard",
  size: size({ requests: [7, 9], limits: [11, 14], storageGi: 20, pods: 24, claims: 4 }),
  hosts: { meet: "meet", "meet-static": "static-meet" },
  workloads: { backend, frontend, migrate, superuser, staticNginx },
  datastores: { postgres: { clients: [backend, migrate, superuser] }, redis: { clients: [backend] } },
  database: { name: "meet", user: "meet", password: "DB_PASSWORD" },
  volumes: { key: "meet", parts: ["minio", "postgresql", "redis"] },
  ownClaim: undefined,
  flows: {
    edge: [route(backend, 8000, "meetings' API"), route(frontend, 8080, "meetings"), staticRoute(staticNginx)],
    hairpin: [
      signIn(backend),
      {
        from: backend,
        to: hostOf("livekit"),
        why: "LiveKit's API: rooms and participants (LIVEKIT_API_URL)",
        source: infra("apps/meet/values.yaml.gotmpl, livekit.apiUrl"),
      },
    ],
    pods: [],
    cluster: [nginxMetrics(staticNginx)],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    meet: {
      CELERY_BROKER_URL: storeUrl("cache.meet.password"),
      DB_PASSWORD: fromStoreOwner,
      DJANGO_SECRET_KEY: rotatable,
      LIVEKIT_API_SECRET: { way: "merge", shared: "livekit", property: "api-secret" },
      OIDC_RP_CLIENT_SECRET: oidc("meet"),
      REDIS_URL: storeUrl("cache.meet.password"),
    },
    "meet-superuser": djangoSuperuser,
  },
  images: { meet_backend: "docker.io", meet_frontend: "docker.io" },
  registries: ["docker.io/lasuite/"],
  edge: {},
  appArmor: DJANGO_PROFILE,
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
