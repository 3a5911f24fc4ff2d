import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { fromStoreOwner, oidc } from "../secret-ways";
import { hostOf, metrics, route } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods } = podsOf("keycloak");
const server = pods("keycloak", partLabels("keycloak", "keycloak"));
const configCli = pods("config-cli", partLabels("keycloak", "keycloak-config-cli"));

export const keycloak = {
  title: "Keycloak (identity)",
  suiteName: "keycloak",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [5, 6], limits: [8, 9], storageGi: 20, pods: 12, claims: 4 }),
  hosts: { keycloak: "id" },
  workloads: { keycloak: server, configCli },
  datastores: { postgres: { clients: [server] } },
  database: { name: "keycloak", user: "keycloak", password: "db-password" },
  volumes: { key: "keycloak", parts: ["keycloak", "postgresql"] },
  ownClaim: undefined,
  flows: {
    edge: [route(server, 8080, "sign-in")],
    hairpin: [
      {
        from: server,
        to: [
          hostOf("bureaublad"),
          hostOf("conversations"),
          hostOf("docs"),
          hostOf("drive"),
          hostOf("element"),
          hostOf("meet"),
          hostOf("nextcloud"),
          hostOf("openproject"),
        ],
        why: "back-channel logout: Keycloak ends the user's sessions in the apps",
        source: infra("apps/keycloak/keycloak.yaml.gotmpl, backchannel.logout.url"),
      },
      {
        from: server,
        to: { kind: "identityBrokers" },
        why: "users sign in with the organisation's own directory or identity provider",
        source: "Keycloak, Server Administration Guide, Integrating identity providers",
      },
    ],
    pods: [
      {
        from: configCli,
        to: server,
        ports: [8080],
        why: "the Job that writes realm and clients uses Keycloak's admin API",
        source: infra("apps/keycloak/keycloak.yaml.gotmpl, keycloakConfigCli"),
      },
      {
        from: server,
        to: server,
        ports: [7800],
        why: "replicas share their caches (JGroups)",
        source: infra("apps/keycloak/charts/keycloak/templates/networkpolicy.yaml; open to every namespace upstream"),
      },
    ],
    cluster: [
      metrics(
        server,
        9000,
        "metrics of Keycloak, on its management port",
        infra("apps/keycloak/keycloak.yaml.gotmpl, metrics"),
      ),
    ],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: {
    "keycloak-keycloak": {
      "admin-password": {
        way: "keep",
        why: "Keycloak reads it when the first administrator is made; later changes are made in Keycloak itself.",
        byHand: "firstStart",
      },
    },
    "keycloak-keycloak-externaldb": { "db-password": fromStoreOwner },
    "keycloak-keycloak-config-cli": {
      MB_CLIENT_SECRET_BUREAUBLAD: oidc("bureaublad"),
      MB_CLIENT_SECRET_CONVERSATIONS: oidc("conversations"),
      MB_CLIENT_SECRET_DOCS: oidc("docs"),
      MB_CLIENT_SECRET_DRIVE: oidc("drive"),
      MB_CLIENT_SECRET_GRIST: oidc("grist"),
      MB_CLIENT_SECRET_MEET: oidc("meet"),
      MB_CLIENT_SECRET_NEXTCLOUD: oidc("nextcloud"),
      MB_CLIENT_SECRET_OPENPROJECT: oidc("openproject"),
      MB_CLIENT_SECRET_SYNAPSE: {
        way: "values",
        path: "authentication.oidc.element.clientSecret",
        why: "The other end is inside Synapse's one YAML document.",
        byHand: "document",
      },
    },
  },
  images: { keycloak: "docker.io", keycloak_cli: "docker.io" },
  registries: ["quay.io/keycloak/"],
  edge: {},
  appArmor: { profile: "keycloak", writable: ["/tmp/", "/opt/keycloak/data/", "/opt/bitnami/keycloak/"] },
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
