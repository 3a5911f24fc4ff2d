import type { Capability } from "../../../components/operators/frame/facts";
import type { OperatorSettings } from "../../../config/load";
import type { StackFacts } from "../../../components/operators/frame/stack";

/** Facts of a stack with everything the operators can want to know. */
export const facts: StackFacts = {
  environment: "prod",
  region: "nl-west",
  backupRegion: "nl-north",
  zones: ["nl-west-1", "nl-west-2", "nl-west-3"],
  owner: "platform-team",
  domain: "mijnbureau.example.nl",
  cluster: {
    distribution: "kubernetes",
    managedControlPlane: false,
    domain: "cluster.local",
    appArmor: true,
    simulatedNodes: false,
  },
  images: {},
  monitoringNamespace: "monitoring",
  runbooks: "docs/runbooks",
  storageClass: "platform-encrypted",
  ingressNamespace: "traefik",
  ingressPodLabels: { "app.kubernetes.io/name": "traefik" },
  edgeController: "traefik",
  cni: "cilium",
  apps: [
    { key: "clamav", namespace: "mijnbureau-clamav", backupTier: "none", holdsData: false },
    { key: "docs", namespace: "mijnbureau-docs", backupTier: "critical", holdsData: true, postgres: "cnpg" },
    { key: "meet", namespace: "mijnbureau-meet", backupTier: "standard", holdsData: true, postgres: "cnpg" },
    {
      key: "nextcloud",
      namespace: "mijnbureau-nextcloud",
      backupTier: "critical",
      holdsData: true,
      postgres: "external",
    },
  ],
  deployerGroups: ["mijnbureau-deployers"],
  outside: [
    { namespace: "mijnbureau-docs", cidrs: ["192.0.2.25/32"] },
    { namespace: "mijnbureau-nextcloud", cidrs: ["0.0.0.0/0", "::/0"] },
  ],
  present: { crds: new Set(["middlewares.traefik.io"]), apiServices: new Set() },
};

export const MIRROR = "mirror.example.nl/copies";
export const mirrored: typeof facts = { ...facts, images: { mirror: MIRROR, pullSecret: "registry" } };

const objectStore = { url: "https://s3.nl-west.example.nl", region: "nl-west", cidrs: ["203.0.113.0/28"] };

/** The least that a stack has to say. */
export const required: OperatorSettings = {
  databases: { store: { ...objectStore, provider: "s3", bucket: "databases" } },
  alloy: { withoutCentral: "A stack of the tests, whose logs are nobody's." },
  "alloy-node": { withoutCentral: "A stack of the tests, whose logs are nobody's." },
  falcosidekick: { withoutCentral: "A stack of the tests, whose events are nobody's." },
  loki: { storage: { ...objectStore, chunksBucket: "logs-chunks" } },
  prometheus: { receiver: { type: "webhook" } },
  storage: { class: { provider: "openstack", volumeType: "encrypted" } },
  velero: { storage: { ...objectStore, bucket: "backups", encryption: { mode: "sse-kms", keyId: "backups" } } },
};

/** Everything on, and every option that adds objects. */
export const everything: OperatorSettings = {
  ...required,
  alloy: { central: { type: "otlp", url: "https://otlp.example.nl" } },
  "alloy-node": { central: { type: "syslog", host: "syslog.example.nl", acceptPublicPreview: true } },
  "cert-manager": {
    install: "always",
    acme: {
      email: "beheer@example.nl",
      dns01: {
        rfc2136: {
          nameserver: "192.0.2.53",
          tsigKeyName: "platform",
          tsigAlgorithm: "HMACSHA256",
          tsigSecretSecretRef: { name: "platform-acme-dns", key: "tsig" },
        },
      },
      credentials: ["tsig"],
      dns: { cidrs: ["192.0.2.53/32"], port: 53 },
    },
  },
  "cloudnative-pg": { install: "always" },
  "confidential-containers": { enabled: true },
  databases: {
    store: { ...objectStore, provider: "s3", bucket: "databases", caKey: "ca", encryption: { mode: "sse-s3" } },
    restored: { meet: { archive: 2, at: "2026-11-29T14:05:07Z" } },
    sizes: { docs: { storage: "200Gi" } },
  },
  "external-secrets": {
    suite: ["docs", "meet", "nextcloud"],
    externalDatastores: ["docs"],
    rotateAfter: "2160h",
    cloud: {
      provider: "aws",
      region: "eu-west-1",
      roleArn: "arn:aws:iam::123456789012:role/secrets",
      namespaces: ["velero"],
    },
  },
  falcosidekick: { central: { url: "https://events.example.nl/hook" } },
  "grafana-operator": { install: "always" },
  "kata-deploy": { enabled: true },
  "metrics-server": { install: "always" },
  prometheus: {
    receiver: {
      type: "email",
      to: "dienst@example.nl",
      from: "alerts@example.nl",
      smarthost: "smtp.example.nl:587",
      username: "alerts",
    },
    deadMansSwitch: "https://dms.example.nl",
  },
  sandboxes: { offer: ["gvisor", "confidential-snp", "confidential-tdx"] },
  "security-profiles-operator": { enabled: true },
  "snapshot-controller": { install: "always" },
  velero: {
    storage: { ...objectStore, bucket: "backups", encryption: { mode: "sse-c" }, caKey: "ca.crt" },
    secondary: {
      location: {
        ...objectStore,
        url: "https://s3.nl-north.example.nl",
        region: "nl-north",
        bucket: "backups-2",
        encryption: { mode: "sse-kms", keyId: "backups" },
      },
    },
    snapshotClass: { driver: "cinder.csi.openstack.org" },
    fileSystemBackup: true,
    drill: {},
  },
};

export const allCapabilities: readonly Capability[] = [
  "certificates",
  "databases",
  "event-router",
  "external-secrets",
  "grafana",
  "log-store",
  "monitoring-stack",
  "monitors",
  "security-profiles",
  "volume-snapshots",
];

/** What a stack on a cluster of the distribution cannot have, or would have to say more of. */
export function without(distribution: StackFacts["cluster"]["distribution"]): OperatorSettings {
  switch (distribution) {
    case "openshift":
      return { prometheus: { ...section(everything["prometheus"]), enabled: false } };
    case "eks":
    case "aks":
    case "gke":
      return { "falco-audit": { enabled: false } };
    case "kubernetes":
    case "rke2":
      return {};
  }
}

const section = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};
