import type { AppKey } from "../../../suite/apps";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { secretStore } from "../frame/secrets";
import type { Way } from "../../../suite/secret-ways";
import { appSecrets, type AppSecret } from "../../../suite/secrets";

export interface SuiteSecretsOptions {
  readonly apps: readonly {
    readonly key: AppKey;
    readonly namespace: string;
    /** Its keys come from the store. */
    readonly stored: boolean;
    /** Those of its datastores too. */
    readonly externalStores: boolean;
    /** Go duration after which the keys that can be are drawn anew; absent: they come from where the others do. */
    readonly rotateAfter?: string | undefined;
  }[];
}

/** ExternalSecrets that write over keys of the suite's Secrets, and the generators of those that rotate. */
export function suiteSecrets({ apps }: SuiteSecretsOptions): Manifest[] {
  return apps.flatMap((app) => {
    const { rotateAfter, namespace } = app;
    const secrets = appSecrets.filter((entry) => entry.app === app.key);
    const stored = app.stored ? secrets.flatMap((entry) => fromStore(entry, app)) : [];
    const drawn = rotateAfter === undefined ? [] : secrets.flatMap((entry) => generated(entry, namespace, rotateAfter));
    return [...stored, ...(drawn.length > 0 ? [passwordGenerator(namespace), ...drawn] : [])];
  });
}

type MergeKey = Extract<Way, { way: "merge" | "merge-external" }>;

function fromStore({ app, secret, keys }: AppSecret, place: SuiteSecretsOptions["apps"][number]): Manifest[] {
  const merged = Object.entries(keys).flatMap(([key, way]): [string, MergeKey][] => {
    if (way.way === "merge") return place.rotateAfter !== undefined && way.rotatable === true ? [] : [[key, way]];
    // A datastore's password changes at both ends or not at all.
    return way.way === "merge-external" && place.externalStores ? [[key, way]] : [];
  });
  if (merged.length === 0) return [];
  const data = merged.map(([secretKey, way]) => ({ secretKey, remoteRef: remote(app, secretKey, way) }));
  return [
    mergeInto(secret, place.namespace, {
      refreshPolicy: "Periodic",
      refreshInterval: "1h0m0s",
      secretStoreRef: { kind: "ClusterSecretStore", name: secretStore.suite },
      data,
    }),
  ];
}

function remote(app: AppKey, key: string, way: MergeKey): { key: string; property: string } {
  const entry =
    way.way === "merge" && way.shared !== undefined ? `mijnbureau/shared/${way.shared}` : `mijnbureau/${app}`;
  return { key: entry, property: way.property ?? key };
}

/** A value of its own for each key, drawn in one go: what reads the Secret then starts anew once. */
function generated({ secret, keys }: AppSecret, namespace: string, rotateAfter: string): Manifest[] {
  const rotating = Object.entries(keys).filter(([, way]) => way.way === "merge" && way.rotatable === true);
  if (rotating.length === 0) return [];
  const generatorRef = { apiVersion: GENERATORS, kind: "Password", name: GENERATOR };
  const dataFrom = rotating.map(([key]) => ({
    sourceRef: { generatorRef },
    rewrite: [{ regexp: { source: "^password$", target: key } }],
  }));
  return [
    mergeInto(secret, namespace, { refreshPolicy: "Periodic", refreshInterval: rotateAfter, dataFrom }, "-drawn"),
  ];
}

const GENERATORS = "generators.external-secrets.io/v1alpha1";
const GENERATOR = "platform-password";

function passwordGenerator(namespace: string): Manifest {
  return {
    apiVersion: GENERATORS,
    kind: "Password",
    metadata: { name: GENERATOR, namespace, labels: managedLabels },
    spec: { length: 50, digits: 12, symbols: 0, noUpper: false, allowRepeat: true },
  };
}

function mergeInto(secret: string, namespace: string, spec: Record<string, unknown>, suffix = ""): Manifest {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: `platform-${secret}${suffix}`, namespace, labels: managedLabels },
    spec: {
      ...spec,
      target: {
        name: secret,
        // Helm owns the Secret; only these keys are written. Nothing happens until Helm has made it.
        creationPolicy: "Merge",
        deletionPolicy: "Retain",
        // Without a template External Secrets copies this object's labels onto Helm's Secret, and with the platform's own
        // label the suite's deployer may no longer change it (external-secrets pkg/controllers/externalsecret, setMetadata).
        template: { engineVersion: "v2", mergePolicy: "Merge" },
      },
    },
  };
}
