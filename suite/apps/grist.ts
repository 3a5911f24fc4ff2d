import type { App } from "../app";
import { DEMO_ONLY, partLabels, podsOf } from "../pods";
import { fromStoreOwner, llmKey, oidc, rotatable, storeUrl } from "../secret-ways";
import { assistant, metrics, nginxMetrics, route, signIn, staticRoute } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods, ...standard } = podsOf("grist");
const server = pods("grist", partLabels("grist", "grist"));
const staticNginx = standard.staticNginx();
const minioConsole = standard.minioConsole(DEMO_ONLY);
const minioProvisioning = standard.minioProvisioning(DEMO_ONLY);

export const grist = {
  title: "Grist (spreadsheets)",
  suiteName: "grist",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [9, 9], limits: [14, 14], storageGi: 60, pods: 20, claims: 6 }),
  hosts: { grist: "grist", "grist-static": "static-grist" },
  workloads: { grist: server, staticNginx, minioConsole, minioProvisioning },
  datastores: {
    postgres: { clients: [server] },
    redis: { clients: [server] },
    s3: { clients: [server], tools: [minioProvisioning, minioConsole] },
  },
  database: { name: "grist", user: "grist", password: "TYPEORM_PASSWORD" },
  volumes: { key: "grist", parts: ["grist", "minio", "postgresql", "redis"] },
  ownClaim: undefined,
  flows: {
    edge: [route(server, 8484, "spreadsheets"), staticRoute(staticNginx)],
    hairpin: [signIn(server)],
    pods: [assistant(server)],
    cluster: [
      metrics(server, 9090, "metrics of Grist", infra("apps/grist/values.yaml.gotmpl, metrics")),
      nginxMetrics(staticNginx),
    ],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    grist: {
      GRIST_DOCS_MINIO_ACCESS_KEY: fromStoreOwner,
      GRIST_DOCS_MINIO_SECRET_KEY: fromStoreOwner,
      GRIST_OIDC_IDP_CLIENT_SECRET: oidc("grist"),
      GRIST_SESSION_SECRET: rotatable,
      REDIS_URL: storeUrl("cache.grist.password"),
      TYPEORM_PASSWORD: fromStoreOwner,
      ASSISTANT_API_KEY: llmKey,
    },
  },
  images: { grist: "docker.io" },
  registries: ["docker.io/gristlabs/"],
  edge: {},
  appArmor: { profile: "grist", writable: ["/tmp/", "/persist/"] },
  openshiftScc: undefined,
  offInDemo: true,
} as const satisfies App;
