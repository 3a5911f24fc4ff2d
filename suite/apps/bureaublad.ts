import type { App } from "../app";
import { DJANGO_PROFILE } from "../app-armor";
import { partLabels, podsOf } from "../pods";
import { bundledPassword, llmKey, oidc, rotatable, storeUrl } from "../secret-ways";
import { assistant, hostOf, route, signIn } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods } = podsOf("bureaublad");
const backend = pods("backend", partLabels("bureaublad", "bureaublad-backend"));
const frontend = pods("frontend", partLabels("bureaublad", "bureaublad-frontend"));

export const bureaublad = {
  title: "Bureaublad (start page)",
  suiteName: "bureaublad",
  holdsData: false,
  dataClassification: "internal",
  backupTier: "none",
  size: size({ requests: [4, 4], limits: [6, 6], storageGi: 5, pods: 14, claims: 2 }),
  hosts: { bureaublad: "bureaublad" },
  workloads: { backend, frontend },
  datastores: {
    // Blocked upstream: the egress rule stands under a key that the chart does not read.
    redis: { clients: [backend] },
  },
  database: undefined,
  volumes: { key: "bureaublad", parts: ["redis"] },
  ownClaim: undefined,
  flows: {
    edge: [route(backend, 8000, "start page's API (/api)"), route(frontend, 8080, "start page")],
    hairpin: [
      signIn(backend),
      {
        from: backend,
        to: [
          hostOf("conversations"),
          hostOf("docs"),
          hostOf("drive"),
          hostOf("element"),
          hostOf("grist"),
          hostOf("meet"),
          hostOf("nextcloud"),
        ],
        why: "the start page shows what is new in the apps",
        source: infra("apps/bureaublad/values.yaml.gotmpl, OCS_URL to MATRIX_URL"),
      },
    ],
    pods: [assistant(backend)],
    cluster: [],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    bureaublad: {
      OIDC_CLIENT_SECRET: oidc("bureaublad"),
      SECRET_KEY: rotatable,
      REDIS_URL: storeUrl("cache.bureaublad.password"),
      AI_API_KEY: llmKey,
    },
    "bureaublad-redis": { "redis-password": bundledPassword("cache.bureaublad.password") },
  },
  images: { bureaublad: "ghcr.io" },
  registries: ["ghcr.io/minbzk/"],
  edge: {},
  appArmor: DJANGO_PROFILE,
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
