import type { App } from "../app";
import { DJANGO_PROFILE } from "../app-armor";
import { partLabels, podsOf } from "../pods";
import { djangoSuperuser, fromStoreOwner, llmKey, oidc, rotatable, storeUrl } from "../secret-ways";
import { assistant, nginxMetrics, route, signIn, staticRoute } from "../shared-flows";
import { size } from "../size";

const { pods, ...standard } = podsOf("conversations");
const backend = pods("backend", partLabels("conversations", "conversations-backend"));
const frontend = pods("frontend", partLabels("conversations", "conversations-frontend"));
const migrate = pods("migrate", partLabels("conversations", "conversations-migrate"));
const superuser = pods("superuser", partLabels("conversations", "conversations-superuser"));
const staticNginx = standard.staticNginx();

export const conversations = {
  title: "Conversations (assistant)",
  suiteName: "conversations",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "standard",
  size: size({ requests: [7, 8], limits: [11, 12], storageGi: 20, pods: 22, claims: 6 }),
  hosts: { conversations: "conversations", "conversations-static": "static-conversations" },
  workloads: { backend, frontend, migrate, superuser, staticNginx },
  datastores: { postgres: { clients: [backend, migrate, superuser] }, redis: { clients: [backend] } },
  database: { name: "conversations", user: "conversations", password: "DB_PASSWORD" },
  volumes: { key: "conversations", parts: ["postgresql", "redis"] },
  ownClaim: undefined,
  flows: {
    edge: [
      route(backend, 8000, "assistant's API"),
      // The container declares 8000, its Service and the process use 8080.
      route(frontend, 8080, "assistant"),
      staticRoute(staticNginx),
    ],
    hairpin: [signIn(backend)],
    pods: [assistant(backend)],
    cluster: [nginxMetrics(staticNginx)],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    conversations: {
      AI_API_KEY: llmKey,
      COLLABORATION_SERVER_SECRET: rotatable,
      DB_PASSWORD: fromStoreOwner,
      DJANGO_SECRET_KEY: rotatable,
      OIDC_RP_CLIENT_SECRET: oidc("conversations"),
      REDIS_URL: storeUrl("cache.conversations.password"),
    },
    "conversations-superuser": djangoSuperuser,
  },
  images: { conversations_backend: "docker.io", conversations_frontend: "docker.io" },
  registries: ["docker.io/lasuite/"],
  edge: { responseSeconds: 600 },
  appArmor: DJANGO_PROFILE,
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
