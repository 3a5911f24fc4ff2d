import type { App } from "../app";
import { DEMO_ONLY, partLabels, podsOf } from "../pods";
import { fromStoreOwner, oidc } from "../secret-ways";
import { mail, metrics, route, signIn, toInternet, wopiDiscovery } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods, ...standard } = podsOf("nextcloud");
const server = pods("nextcloud", partLabels("nextcloud", "nextcloud"));
const cronjob = pods("cronjob", partLabels("nextcloud", "nextcloud-cronjob"));
const exporter = pods("metrics", partLabels("nextcloud", "metrics"));
const minioConsole = standard.minioConsole(DEMO_ONLY);
const minioProvisioning = standard.minioProvisioning(DEMO_ONLY);
const both = [server, cronjob] as const;

export const nextcloud = {
  title: "Nextcloud (files and calendar)",
  suiteName: "nextcloud",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [9, 12], limits: [14, 18], storageGi: 500, pods: 26, claims: 8 }),
  hosts: { nextcloud: "nextcloud" },
  workloads: { nextcloud: server, cronjob, metrics: exporter, minioConsole, minioProvisioning },
  datastores: {
    postgres: { clients: both },
    redis: { clients: both },
    s3: { clients: both, tools: [minioProvisioning, minioConsole] },
  },
  database: { name: "nextcloud", user: "nextcloud", password: "password" },
  volumes: { key: "nextcloud", parts: ["minio", "nextcloud", "postgresql", "redis"] },
  ownClaim: { name: "nextcloud" },
  flows: {
    edge: [route(server, 8080, "files and calendar")],
    hairpin: [signIn(both), wopiDiscovery(both)],
    pods: [
      {
        from: both,
        to: { kind: "antivirus" },
        why: "uploads are scanned for viruses",
        source: infra("apps/nextcloud/values.yaml.gotmpl, antivirus; blocked upstream across namespaces"),
      },
      {
        from: exporter,
        to: server,
        ports: [8080],
        why: "the exporter reads Nextcloud's serverinfo",
        source: infra("apps/nextcloud/charts/nextcloud/templates/metrics-networkpolicy.yaml"),
        when: ["metrics"],
      },
    ],
    cluster: [
      metrics(
        exporter,
        9205,
        "metrics of Nextcloud, from its exporter",
        infra("apps/nextcloud/values.yaml.gotmpl, metrics"),
      ),
    ],
    outside: [
      mail(both),
      toInternet(both, "nextcloudAppStore", {
        ports: [443, 80],
        why: "apps are installed from the app store at first start",
        source: infra("apps/nextcloud/charts/nextcloud/templates/_helpers.tpl, occ app:install"),
      }),
    ],
  },
  internet: {
    // Nextcloud server, config.sample.php `appstoreurl`; archives are releases on GitHub.
    nextcloudAppStore: {
      hosts: ["apps.nextcloud.com", "github.com", "*.githubusercontent.com"],
      what: "Apps that Nextcloud installs at its first start.",
    },
  },
  serves: {},
  loadBalancers: [],
  secrets: {
    nextcloud: {
      "nextcloud-username": { way: "keep", why: "Read at installation only.", byHand: "firstStart" },
      "nextcloud-password": {
        way: "keep",
        why: "Read at installation only; changed in Nextcloud itself.",
        byHand: "firstStart",
      },
      "oidc-client-secret": oidc("nextcloud"),
    },
    "nextcloud-externaldatabase": { username: fromStoreOwner, password: fromStoreOwner },
    "nextcloud-externalminio": { username: fromStoreOwner, password: fromStoreOwner },
    "nextcloud-externalredis": { password: fromStoreOwner },
    "nextcloud-metrics-token": {
      token: { way: "keep", why: "Stored by Nextcloud at installation.", byHand: "firstStart" },
    },
  },
  images: { nextcloud: "docker.io" },
  registries: ["docker.io/library/nextcloud", "docker.io/xperimental/"],
  edge: { maxBodyBytes: 0, responseSeconds: 3600 },
  appArmor: { profile: "nextcloud", writable: ["/tmp/", "/var/www/html/", "/var/run/", "/run/"] },
  openshiftScc: undefined,
  offInDemo: true,
} as const satisfies App;
