import { camel, named, withLine, type Change } from "./change";

/** An app of the suite: one file, and its key in the two lists beside it. */
export function newApp(name: string): Change {
  const key = camel(named("app", name));
  return {
    files: { [`suite/apps/${key}.ts`]: file(key) },
    edits: {
      "suite/apps/keys.ts": (text) => withLine(text, `  "${key}",`, /^ {2}"\w+",$/),
      "suite/apps/index.ts": (text) =>
        withLine(
          withLine(text, `import { ${key} } from "./${key}";`, /^import \{.* \} from "\.\/\w+";$/),
          `  ${key},`,
          /^ {2}\w+,$/,
        ),
    },
    next: [
      `suite/apps/${key}.ts: title, data, size, pods' labels, flows, datastores, secrets and images, as upstream has them`,
    ],
  };
}

const file = (key: string): string => `import type { App } from "../app";
import { partLabels, podsOf } from "../pods";
import { fromStoreOwner, oidc } from "../secret-ways";
import { route, signIn } from "../shared-flows";
import { size } from "../size";

const { pods } = podsOf("${key}");
const server = pods("${key}", partLabels("${key}", "${key}"), "not in the rendered suite yet");

export const ${key} = {
  title: "${key}",
  suiteName: "${key}",
  holdsData: true,
  dataClassification: "confidential",
  backupTier: "standard",
  size: size({ requests: [2, 2], limits: [4, 4], storageGi: 10, pods: 6, claims: 2 }),
  hosts: { ${key}: "${key}" },
  workloads: { ${key}: server },
  datastores: { postgres: { clients: [server] } },
  database: { name: "${key}", user: "${key}", password: "DB_PASSWORD" },
  volumes: undefined,
  ownClaim: undefined,
  flows: {
    edge: [route(server, 8080, "what users see of ${key}")],
    hairpin: [signIn(server)],
    pods: [],
    cluster: [],
    outside: [],
  },
  internet: {},
  serves: {},
  loadBalancers: [],
  secrets: { ${key}: { DB_PASSWORD: fromStoreOwner, OIDC_CLIENT_SECRET: oidc("${key}") } },
  images: {},
  registries: [],
  edge: {},
  appArmor: { profile: "${key}", writable: ["/tmp/"] },
  openshiftScc: undefined,
  offInDemo: false,
} as const satisfies App;
`;
