import { eachApp } from "../../suite/apps";
import { everything, MIRROR } from "../components/operators/support";

/** Keys of a stack file, by section. */
export type Keys = Readonly<Record<string, unknown>>;

const example = { host: "service.example.nl", cidrs: ["198.51.100.77/32"] };

/** Stacks that no file here describes, so that what an option does is seen as well: changes to the whole one. */
export const variants: Readonly<Record<string, (base: Keys) => Keys>> = {
  /** Everything on, and everything outside the cluster that can be. */
  "with-everything": (base) => ({
    ...base,
    access: { ...section(base, "access"), viewers: [] },
    admission: {
      imageSignatures: [{ name: "own", images: [`${MIRROR}/*`], key: PUBLIC_KEY }],
      keptNetworkPolicies: [{ namespace: "mijnbureau-docs", name: "own", reason: "An example of a reason." }],
    },
    apps: { grist: { runtimeClass: "gvisor" } },
    images: {
      mirror: MIRROR,
      pullSecret: { remoteKey: "mijnbureau/registry" },
      replacements: { redis: { repository: "library/valkey", tag: "9" } },
    },
    monitoring: { runbookUrl: "https://runbooks.example.nl" },
    network: {
      ...section(base, "network"),
      antivirus: example,
      cnpgOperator: {},
      datastores: {
        ...Object.fromEntries(
          eachApp
            .filter(({ app }) => app.datastores.postgres !== undefined)
            .map(({ key }) => [key, { postgres: { provider: "external", ...example } }]),
        ),
        docs: {
          postgres: { provider: "cnpg", backups: example },
          redis: { provider: "external", ...example },
          s3: { provider: "external", ...example },
        },
        meet: { postgres: { provider: "cnpg", backups: example } },
      },
      identityBrokers: [example],
      livekit: { throughNodes: true, turn: true },
      llm: example,
    },
    operators: {
      ...everything,
      velero: {
        ...section(everything, "velero"),
        storage: { ...section(section(everything, "velero"), "storage"), region: base["region"] },
        secondary: { location: section(section(section(base, "operators"), "velero"), "secondary")["location"] },
      },
    },
    storage: { allowed: ["fast-encrypted"], shared: "shared-encrypted" },
  }),

  /** The other choice, wherever there are two. */
  "with-other-choices": (base) => ({
    ...base,
    admission: { engine: "kyverno" },
    cluster: { ...section(base, "cluster"), appArmor: false, distribution: "openshift", managedControlPlane: true },
    edge: { className: "example", clusterIssuer: "public", routing: "gateway" },
    identity: { provider: "external", issuer: "https://login.example.nl" },
    network: {
      ...section(base, "network"),
      apiServer: { webhooksFromAnywhere: { reason: "An example of a reason." } },
      clusterDefaultDeny: "cluster",
      cni: "calico",
      dns: { namespace: "openshift-dns", podLabels: { app: "dns" }, ports: [5353] },
      identityProvider: { host: "login.example.nl", cidrs: ["198.51.100.78/32"] },
      internet: Object.fromEntries(
        ["clamavSignatures", "matrixFederation", "matrixKeyServer", "nextcloudAppStore", "ollamaModels"].map((use) => [
          use,
          { enabled: false },
        ]),
      ),
      monitoring: { metrics: false },
    },
    // OpenShift has its own.
    operators: { ...section(base, "operators"), prometheus: { enabled: false } },
  }),
};

const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEexampleexampleexampleexampleexampleexampleexample
exampleexampleexampleexampleexampleexampleexampleexam==
-----END PUBLIC KEY-----
`;

function section(keys: Keys, name: string): Keys {
  const value = keys[name];
  return typeof value === "object" && value !== null ? { ...value } : {};
}
