import { z } from "zod";
import { appKeys, type AppKey } from "../../../suite/apps";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Facts } from "../frame/facts";
import { drawnSecret, secretStore } from "../frame/secrets";
import type { Way } from "../../../suite/secret-ways";
import { appSecrets, type AppSecret } from "../../../suite/secrets";

/** Ninety days. */
const ROTATE_AFTER = "2160h";

export const suiteSettings = {
  suite: z
    .array(z.enum(appKeys))
    .default([])
    .describe("Apps whose Secrets take their values from the store (docs/operations/secret-keys.md lists the keys)."),
  externalDatastores: z
    .array(z.enum(appKeys))
    .default([])
    .describe("Apps of `suite` whose datastores run outside the cluster: their passwords come from the store as well."),
  rotateAfter: z
    .string()
    .regex(/^\d+h$/, "is not a number of hours; example: 2160h")
    .optional()
    .describe(
      `After this time session and API keys of all apps are drawn anew, and what reads them is restarted (docs/operations/secret-keys.md); absent: ${ROTATE_AFTER} in acc and prod, never in dev.`,
    ),
  notRotated: z
    .partialRecord(z.enum(appKeys), z.string().min(1))
    .default({})
    .describe("Apps whose keys are not drawn anew, each with the reason."),
};

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

type Place = SuiteSecretsOptions["apps"][number];

/** The apps of the stack, each with where its keys come from. */
export function suiteOf(facts: Facts, settings: z.infer<z.ZodObject<typeof suiteSettings>>): SuiteSecretsOptions {
  const rotateAfter = settings.rotateAfter ?? (facts.environment === "dev" ? undefined : ROTATE_AFTER);
  const namespaces = new Map(facts.apps.map(({ key, namespace }) => [key, namespace]));
  return {
    apps: appKeys.flatMap((key) => {
      const namespace = namespaces.get(key);
      if (namespace === undefined) return [];
      return {
        key,
        namespace,
        stored: settings.suite.includes(key),
        externalStores: settings.externalDatastores.includes(key),
        rotateAfter: settings.notRotated[key] === undefined ? rotateAfter : undefined,
      };
    }),
  };
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

/** Keys that External Secrets writes, by `<namespace>/<Secret>`. */
export function writtenKeys({ apps }: SuiteSecretsOptions): Readonly<Record<string, readonly string[]>> {
  const entries = apps.flatMap((app) =>
    appSecrets
      .filter((entry) => entry.app === app.key)
      .map(({ secret, keys }): [string, string[]] => [
        `${app.namespace}/${secret}`,
        [
          ...(app.stored ? storedKeys(keys, app).map(([key]) => key) : []),
          ...(app.rotateAfter === undefined ? [] : rotatingKeys(keys)),
        ].sort(),
      ]),
  );
  return Object.fromEntries(entries.filter(([, keys]) => keys.length > 0));
}

type MergeKey = Extract<Way, { way: "merge" | "merge-external" }>;

const storedKeys = (keys: AppSecret["keys"], place: Place): [string, MergeKey][] =>
  Object.entries(keys).flatMap(([key, way]): [string, MergeKey][] => {
    if (way.way === "merge") return place.rotateAfter !== undefined && way.rotatable === true ? [] : [[key, way]];
    // A datastore's password changes at both ends or not at all.
    return way.way === "merge-external" && place.externalStores ? [[key, way]] : [];
  });

const rotatingKeys = (keys: AppSecret["keys"]): string[] =>
  Object.entries(keys).flatMap(([key, way]) => (way.way === "merge" && way.rotatable === true ? [key] : []));

function fromStore({ app, secret, keys }: AppSecret, place: Place): Manifest[] {
  const merged = storedKeys(keys, place);
  if (merged.length === 0) return [];
  const data = merged.map(([secretKey, way]) => ({ secretKey, remoteRef: remote(app, secretKey, way) }));
  return [
    mergeInto({
      name: `platform-${secret}`,
      namespace: place.namespace,
      secret,
      source: { secretStoreRef: { kind: "ClusterSecretStore", name: secretStore.suite }, data },
      template: { mergePolicy: "Merge" },
    }),
  ];
}

function remote(app: AppKey, key: string, way: MergeKey): { key: string; property: string } {
  const entry =
    way.way === "merge" && way.shared !== undefined ? `mijnbureau/shared/${way.shared}` : `mijnbureau/${app}`;
  return { key: entry, property: way.property ?? key };
}

const EXTERNAL_SECRET = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret" } as const;
const GENERATOR = {
  apiVersion: "generators.external-secrets.io/v1alpha1",
  kind: "Password",
  name: "platform-password",
} as const;

/**
 * Without a template External Secrets copies its object's labels onto the Secret (pkg/controllers/externalsecret,
 * setMetadata). What bears the platform's own label nobody may write whose rights are those of the namespace: neither
 * External Secrets nor, later, the suite's deployer.
 */
const withoutLabels = { engineVersion: "v2" } as const;

/**
 * A value of its own for each key, drawn in one go: what reads the Secret then starts anew once. They are drawn into a
 * Secret that nobody else writes, and copied from there: External Secrets draws anew whenever its target has been changed
 * by another (pkg/controllers/externalsecret, isSecretValid), and Helm changes the app's Secret at every upgrade.
 */
function generated({ secret, keys }: AppSecret, namespace: string, rotateAfter: string): Manifest[] {
  const rotating = rotatingKeys(keys);
  if (rotating.length === 0) return [];
  const drawn = drawnSecret(secret);
  return [
    {
      ...EXTERNAL_SECRET,
      metadata: { name: drawn, namespace, labels: managedLabels },
      spec: {
        refreshPolicy: "Periodic",
        refreshInterval: rotateAfter,
        dataFrom: rotating.map((key) => ({
          sourceRef: { generatorRef: GENERATOR },
          rewrite: [{ regexp: { source: "^password$", target: key } }],
        })),
        target: { name: drawn, creationPolicy: "Owner", deletionPolicy: "Retain", template: withoutLabels },
      },
    },
    mergeInto({
      name: `platform-${secret}-keys`,
      namespace,
      secret,
      // Without data of its own an ExternalSecret does nothing; of this value nothing is written.
      source: { dataFrom: [{ sourceRef: { generatorRef: GENERATOR } }] },
      template: {
        mergePolicy: "Replace",
        templateFrom: [{ secret: { name: drawn, items: rotating.map((key) => ({ key, templateAs: "Values" })) } }],
      },
    }),
  ];
}

function passwordGenerator(namespace: string): Manifest {
  const { apiVersion, kind, name } = GENERATOR;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels: managedLabels },
    spec: { length: 50, digits: 12, symbols: 0, noUpper: false, allowRepeat: true },
  };
}

interface Merged {
  readonly name: string;
  readonly namespace: string;
  readonly secret: string;
  /** Where the values come from. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly template: Readonly<Record<string, unknown>>;
}

/** Helm owns the Secret; only some keys are written. Nothing happens until Helm has made it. */
const mergeInto = ({ name, namespace, secret, source, template }: Merged): Manifest => ({
  ...EXTERNAL_SECRET,
  metadata: { name, namespace, labels: managedLabels },
  spec: {
    refreshPolicy: "Periodic",
    refreshInterval: "1h0m0s",
    ...source,
    target: {
      name: secret,
      creationPolicy: "Merge",
      deletionPolicy: "Retain",
      template: { ...withoutLabels, ...template },
    },
  },
});
