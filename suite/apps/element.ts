import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { mail, metrics, route, signIn, toInternet } from "../shared-flows";
import { size } from "../size";
import { infra } from "../sources";

const { pods } = podsOf("element");
const web = pods("element-web", partLabels("element-web", "element-web"));
const synapse = pods("synapse", partLabels("synapse", "master"));
const keygen = pods("synapse-keygen", partLabels("synapse", "synapse-keygen"));

export const element = {
  title: "Element and Synapse (chat)",
  suiteName: "synapse",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "critical",
  size: size({ requests: [6, 9], limits: [9, 14], storageGi: 60, pods: 16, claims: 6 }),
  hosts: { element: "element", synapse: "matrix" },
  workloads: { web, synapse, keygen },
  datastores: {
    // Blocked upstream for CloudNativePG: the chart selects pods of the bundled store only.
    postgres: { clients: [synapse] },
    redis: { clients: [synapse] },
  },
  // Inside one YAML document: the deployer passes the value on.
  database: { name: "synapse", user: "synapse", password: "database-password" },
  volumes: { key: "synapse", parts: ["postgresql", "redis", "synapse"] },
  ownClaim: { name: "synapse" },
  flows: {
    edge: [
      route(web, 8080, "chat"),
      route(synapse, 8448, "Matrix client and federation API, plain HTTP behind the controller"),
    ],
    hairpin: [signIn(synapse)],
    pods: [],
    cluster: [
      {
        from: keygen,
        to: { kind: "kubeApi" },
        why: "keeps the signing key of the Matrix server in a Secret",
        source: infra("apps/element/charts/synapse/templates/job-keygen.yaml"),
      },
      metrics(
        synapse,
        9090,
        "metrics of Synapse (/_synapse/metrics)",
        infra("apps/element/values-synapse.yaml.gotmpl, metrics"),
      ),
    ],
    outside: [
      mail(synapse),
      toInternet(synapse, "matrixFederation", {
        ports: [443, 8448],
        why: "rooms shared with other Matrix servers",
        source: "Matrix specification, Server-Server API, Resolving server names; 8448 blocked upstream",
      }),
      toInternet(synapse, "matrixKeyServer", {
        ports: [443, 8448],
        why: "keys of other Matrix servers, from the trusted key server",
        source: "Synapse, Configuration Manual, trusted_key_servers",
      }),
    ],
  },
  internet: {
    matrixFederation: {
      hosts: [],
      what: "Other Matrix servers. Switch off where the organisation does not federate.",
    },
    // Synapse, configuration manual, `trusted_key_servers`; matrix.org delegates (matrix-org/matrix.org#701).
    matrixKeyServer: { hosts: ["matrix.org", "matrix-federation.matrix.org"], what: "Keys of other Matrix servers." },
  },
  serves: {},
  loadBalancers: [],
  secrets: {
    synapse: {
      "secrets.yaml": {
        way: "values",
        path: "application.synapse (several)",
        why: "One YAML document with the database, cache, OIDC and registration secrets.",
        byHand: "document",
      },
    },
    "synapse-signing-key": {
      synapse_signing_key: {
        way: "keep",
        why: "Made once by a Job; it is the homeserver's identity. Backed up with the namespace, never replaced.",
        byHand: "identity",
      },
    },
  },
  images: { elementweb: "docker.io", synapse: "docker.io" },
  registries: ["docker.io/matrixdotorg/", "docker.io/vectorim/"],
  edge: {},
  appArmor: { profile: "synapse", writable: ["/tmp/", "/synapse/data/", "/data/"] },
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
