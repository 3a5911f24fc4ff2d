import { appKeys, appOf, type AppKey } from "../suite/apps";
import { hostLabels, publicHostNames, publicHosts } from "../suite/hostnames";
import { listsMirrors, WITHOUT_MIRROR, type ImageSettings } from "./images";
import { regionProblems, regions } from "./regions";

interface CrossIssue {
  path: (string | number)[];
  message: string;
}

interface Checked {
  environment: string;
  apps: Record<AppKey, { enabled: boolean; namespace: string; storageClass?: string | undefined }>;
  identity: { provider: string; issuer?: string | undefined };
  network: { smtp?: object | undefined; identityProvider?: object | undefined; datastores: object };
  mail?: object | undefined;
  charts: { allowUnverified: boolean; allowUnverifiedReason?: string | undefined };
  state: { backend: string };
  cluster: { simulatedNodes: boolean };
  hostnames: Readonly<Record<string, string>>;
  images: ImageSettings;
}

/** Checks over several keys. All of them at once, each on the key that has to change. */
export function crossChecks(config: Checked): CrossIssue[] {
  return [
    ...sharedNamespaces(config),
    ...sharedHosts(config),
    ...withoutVolumes(config),
    ...withoutMirror(config),
    ...regionProblems(regions).map((message) => ({ path: ["region"], message })),
    ...identityIssues(config),
    ...databaseIssues(config),
    ...productionIssues(config),
  ];
}

/**
 * The suite has one key for the databases of all apps, `database.default.provider`
 * (MinBZK/mijn-bureau-infra, helmfile/environments/default/database.yaml.gotmpl): it cannot be told of two kinds.
 */
function databaseIssues({ apps, network }: Checked): CrossIssue[] {
  const stores: Partial<Record<AppKey, { postgres?: { provider: string } }>> = { ...network.datastores };
  const on = (provider: string): AppKey[] =>
    appKeys.filter((key) => apps[key].enabled && stores[key]?.postgres?.provider === provider);
  const cnpg = on("cnpg");
  if (cnpg.length === 0) return [];
  return on("bundled").map((key) => ({
    path: ["network", "datastores", key, "postgres"],
    message: `is bundled, and ${cnpg.join(", ")} ${cnpg.length > 1 ? "are" : "is"} cnpg: the suite has one key for the databases of all apps (database.default.provider). Set provider: cnpg or external for ${key} too`,
  }));
}

function sharedNamespaces(config: Checked): CrossIssue[] {
  const owners = new Map<string, AppKey>();
  const issues: CrossIssue[] = [];
  for (const key of appKeys) {
    const { enabled, namespace } = config.apps[key];
    if (!enabled) continue;
    const other = owners.get(namespace);
    if (other === undefined) owners.set(namespace, key);
    else {
      issues.push({
        path: ["apps", key, "namespace"],
        message: `"${namespace}" is already the namespace of ${other}; each app needs its own, e.g. mijnbureau-${key}`,
      });
    }
  }
  return issues;
}

function withoutVolumes({ apps: all }: Checked): CrossIssue[] {
  return appKeys
    .filter((key) => all[key].storageClass !== undefined && appOf(key).volumes === undefined)
    .map((key) => ({
      path: ["apps", key, "storageClass"],
      message: "is for no volume: the app has none. Remove the key",
    }));
}

function withoutMirror({ apps: all, images }: Checked): CrossIssue[] {
  if (!listsMirrors(images)) return [];
  const enabled = appKeys.filter((key) => all[key].enabled);
  const sources = new Set(enabled.flatMap((key) => Object.values(appOf(key).images)));
  return [...sources]
    .filter((source) => images.mirrors[source] === undefined)
    .map((source) => {
      const users = enabled.filter((key) => Object.values(appOf(key).images).includes(source));
      const message = `has none of ${source}, which ${users.join(", ")} pull from. ${WITHOUT_MIRROR}`;
      return { path: ["images", "mirrors"], message };
    });
}

/** One label for two hosts would send the users of one app to the other. */
function sharedHosts({ hostnames }: Checked): CrossIssue[] {
  const labels = hostLabels(hostnames);
  return publicHostNames.flatMap((name) => {
    const other = publicHostNames.find((each) => each !== name && labels[each] === labels[name]);
    if (other === undefined || hostnames[name] === undefined) return [];
    const message = `"${labels[name]}" is the host of ${other} too; give each its own, e.g. ${publicHosts[name].label}`;
    return [{ path: ["hostnames", name], message }];
  });
}

function identityIssues({ identity, network, mail }: Checked): CrossIssue[] {
  const external = identity.provider === "external";
  const issues: CrossIssue[] = [];
  if (external && identity.issuer === undefined) {
    issues.push({
      path: ["identity", "issuer"],
      message: "is required when identity.provider is external; example: https://id.example.nl/realms/organisation",
    });
  }
  if (external && network.identityProvider === undefined) {
    issues.push({
      path: ["network", "identityProvider"],
      message:
        "is required when identity.provider is external; example: { host: id.example.nl, cidrs: [192.0.2.10/32] }",
    });
  }
  if ((mail === undefined) !== (network.smtp === undefined)) {
    issues.push(
      mail === undefined
        ? { path: ["mail"], message: "is missing, and belongs to network.smtp; example: { from: noreply@example.nl }" }
        : {
            path: ["network", "smtp"],
            message: "is missing, and belongs to mail; example: { host: smtp.example.nl, cidrs: [192.0.2.25/32] }",
          },
    );
  }
  return issues;
}

function productionIssues(config: Checked): CrossIssue[] {
  if (config.environment === "dev") return [];
  const issues: CrossIssue[] = [];
  if (config.state.backend.startsWith("file:")) {
    issues.push({
      path: ["state", "backend"],
      message: `"${config.state.backend}" is a local backend; ${config.environment} needs a shared, encrypted one, e.g. s3://mijnbureau-state?region=eu-central-1`,
    });
  }
  if (config.cluster.simulatedNodes) {
    issues.push({
      path: ["cluster", "simulatedNodes"],
      message:
        "true leaves admission webhooks out; it is for the embedded cluster (environment dev) only. Remove the key",
    });
  }
  if (config.charts.allowUnverified && config.charts.allowUnverifiedReason === undefined) {
    issues.push({
      path: ["charts", "allowUnverifiedReason"],
      message: "is required with charts.allowUnverified: say who accepted charts without an upstream digest, and why",
    });
  }
  return issues;
}
