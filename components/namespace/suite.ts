import { appKeys, appOf, type AppKey } from "../../suite/apps";
import type { NamespaceSize } from "../../suite/size";
import type { LoadedConfig } from "../../config/load";
import { withDatabase } from "../operators/databases/room";
import { settingsOf } from "../operators/databases/settings";
import { storesOf } from "../recovery/places";
import type { Manifest } from "../kubernetes-object";
import type { SecureNamespaceArgs } from "./secure-namespace";
import { suiteLimits } from "./limits";
import { namespaceAccess } from "./rbac";

/** The part of a suite namespace that the configuration decides; network policies and producers come from elsewhere. */
export interface SuiteNamespace extends Omit<SecureNamespaceArgs, "networkPolicies"> {
  readonly app: AppKey;
}

/**
 * A namespace for every enabled app, at Pod Security `restricted`.
 *
 * @param podSecurity the version that they pin
 */
export function suiteNamespaces(config: LoadedConfig, podSecurity: string): SuiteNamespace[] {
  return appKeys.filter((key) => config.apps[key].enabled).map((key) => suiteNamespace(key, config, podSecurity));
}

function suiteNamespace(app: AppKey, config: LoadedConfig, podSecurity: string): SuiteNamespace {
  const settings = config.apps[app];
  const facts = appOf(app);
  // On every distribution: Collabora's chart renders the Role whatever the cluster is, and a right to use what does not
  // exist is none.
  const scc = facts.openshiftScc === undefined ? {} : { openshiftScc: facts.openshiftScc };
  const objects: Manifest[] = namespaceAccess(settings.namespace, { ...config.access, ...scc });
  return {
    app,
    namespace: settings.namespace,
    identity: {
      role: "suite",
      component: app,
      owner: settings.owner ?? config.owner,
      organisation: config.organisation,
      dataClassification: settings.dataClassification,
      backupTier: settings.backupTier,
      holdsData: facts.holdsData,
      podSecurity: { level: "restricted", version: podSecurity },
    },
    limits: suiteLimits(settings.namespace, sized(measured(app, config), settings.size, noDevices(config))),
    objects,
  };
}

/** What the app's charts use, and its database where the platform runs that. */
function measured(app: AppKey, config: LoadedConfig): NamespaceSize {
  const { size } = appOf(app);
  const databases = settingsOf(config.operators);
  return databases !== undefined && storesOf(config, app).get("postgres") === "cnpg"
    ? withDatabase(size, app, databases)
    : size;
}

function noDevices({ apps: all }: LoadedConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.values(all).flatMap(({ size }) => Object.keys(size.devices).map((name): [string, string] => [name, "0"])),
  );
}

type SizeOverrides = LoadedConfig["apps"][AppKey]["size"];

/** @param none devices that other apps are given, none of which is this app's */
function sized(usual: NamespaceSize, overrides: SizeOverrides, none: Readonly<Record<string, string>>): NamespaceSize {
  return {
    ...usual,
    requests: overrides.requests ?? usual.requests,
    limits: overrides.limits ?? usual.limits,
    storage: overrides.storage ?? usual.storage,
    pods: overrides.pods ?? usual.pods,
    devices: { ...none, ...overrides.devices },
    largestContainer: overrides.largestContainer ?? usual.largestContainer,
    persistentVolumeClaims: overrides.persistentVolumeClaims ?? usual.persistentVolumeClaims,
  };
}
