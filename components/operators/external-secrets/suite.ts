import type { AppKey } from "../../../suite/apps";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { secretStore } from "../frame/secrets";
import type { Way } from "../../../suite/secret-ways";
import { appSecrets, type AppSecret } from "../../../suite/secrets";

export interface SuiteSecretsOptions {
  /** Apps whose Secrets take values from the store, with their namespaces. */
  readonly apps: readonly { readonly key: AppKey; readonly namespace: string; readonly externalStores: boolean }[];
  /** Go duration after which rotatable keys are drawn anew; absent: they come from the store like the others. */
  readonly rotateAfter?: string;
}

/** ExternalSecrets that write over keys of the suite's Secrets, and the generators of those that rotate. */
export function suiteSecrets({ apps, rotateAfter }: SuiteSecretsOptions): Manifest[] {
  return apps.flatMap((app) => {
    const secrets = appSecrets.filter((entry) => entry.app === app.key);
    const stored = secrets.flatMap((entry) => fromStore(entry, app, rotateAfter !== undefined));
    const rotated =
      rotateAfter === undefined ? [] : secrets.flatMap((entry) => generated(entry, app.namespace, rotateAfter));
    return [...stored, ...(rotated.length > 0 ? [passwordGenerator(app.namespace), ...rotated] : [])];
  });
}

type MergeKey = Extract<Way, { way: "merge" | "merge-external" }>;

function fromStore(
  { app, secret, keys }: AppSecret,
  place: { namespace: string; externalStores: boolean },
  rotating: boolean,
): Manifest[] {
  const merged = Object.entries(keys).flatMap(([key, way]): [string, MergeKey][] => {
    if (way.way === "merge") return rotating && way.rotatable === true ? [] : [[key, way]];
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

/** One ExternalSecret per key: each refresh draws a new value, so two keys must not share one. */
function generated({ secret, keys }: AppSecret, namespace: string, rotateAfter: string): Manifest[] {
  return Object.entries(keys)
    .filter(([, way]) => way.way === "merge" && way.rotatable === true)
    .map(([key]) =>
      mergeInto(
        secret,
        namespace,
        {
          refreshPolicy: "Periodic",
          refreshInterval: rotateAfter,
          dataFrom: [
            {
              sourceRef: {
                generatorRef: {
                  apiVersion: "generators.external-secrets.io/v1alpha1",
                  kind: "Password",
                  name: GENERATOR,
                },
              },
            },
          ],
        },
        key,
      ),
    );
}

const GENERATOR = "platform-password";

function passwordGenerator(namespace: string): Manifest {
  return {
    apiVersion: "generators.external-secrets.io/v1alpha1",
    kind: "Password",
    metadata: { name: GENERATOR, namespace, labels: managedLabels },
    spec: { length: 50, digits: 12, symbols: 0, noUpper: false, allowRepeat: true },
  };
}

function mergeInto(secret: string, namespace: string, spec: Record<string, unknown>, key?: string): Manifest {
  const suffix = key === undefined ? "" : `-${key.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
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
        template: {
          engineVersion: "v2",
          mergePolicy: "Merge",
          ...(key === undefined ? {} : { data: { [key]: "{{ .password }}" } }),
        },
      },
    },
  };
}
