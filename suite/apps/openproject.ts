import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { mail, route, signIn } from "../shared-flows";
import { size } from "../size";

const off = "OpenProject is switched off in every environment that the suite ships";

const { pods, ...standard } = podsOf("openproject");
const web = pods("web", partLabels("openproject", "web"), off);
const worker = pods("worker", partLabels("openproject", "worker-default"), off);
const seeder = pods("seeder", partLabels("openproject", "seeder"), off);
const cron = pods("cron", partLabels("openproject", "cron"), off);
const test = pods("test-connection", partLabels("openproject", "test-connection"), off);
const minioConsole = standard.minioConsole(off);
const minioProvisioning = standard.minioProvisioning(off);
const processes = [web, worker, seeder, cron] as const;

export const openproject = {
  title: "OpenProject (projects)",
  suiteName: "openproject",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [10, 11], limits: [16, 18], storageGi: 120, pods: 24, claims: 26 }),
  hosts: { openproject: "openproject" },
  workloads: { web, worker, seeder, cron, test, minioConsole, minioProvisioning },
  datastores: {
    postgres: { clients: processes },
    redis: { clients: processes },
    s3: { clients: processes, tools: [minioProvisioning, minioConsole] },
  },
  // Inside a URL: the deployer passes the value on.
  database: { name: "openproject", user: "openproject", password: "database-password" },
  volumes: { key: "openproject", parts: ["minio", "postgresql", "redis"] },
  ownClaim: undefined,
  flows: {
    edge: [route(web, 8080, "projects")],
    hairpin: [signIn(web)],
    pods: [
      {
        from: test,
        to: web,
        ports: [8080],
        why: "`helm test` asks for the health check",
        source: "opf/helm-charts openproject-13.8.1, templates/tests/test-connection.yaml",
      },
    ],
    cluster: [],
    outside: [mail([web, worker])],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    "openproject-environment": {
      "*": {
        way: "values",
        path: "application.openproject (several)",
        why: "Names of the keys depend on the chart's settings; the datastore passwords are inside URLs.",
        byHand: "document",
      },
    },
    "openproject-oidc": {
      "*": {
        way: "values",
        path: "authentication.oidc.openproject.clientSecret",
        why: "Key names carry the provider's name.",
        byHand: "document",
      },
    },
  },
  images: { openproject: "ghcr.io" },
  registries: ["docker.io/openproject/"],
  edge: { maxBodyBytes: 536_870_912 },
  appArmor: { profile: "openproject", writable: ["/tmp/", "/app/tmp/", "/var/openproject/"] },
  openshiftScc: "nonroot-v2",
  offInDemo: true,
} as const satisfies App;
