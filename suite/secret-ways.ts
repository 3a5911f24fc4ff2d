/**
 * How a key of one of the suite's Secrets can come from the external store. Helm renders all of them (no chart of the
 * suite passes `existingSecret` on), so there are two ways only: `merge` lets External Secrets write over the key in
 * the Secret that Helm made; `values` means that the deployer reads the store and passes the value at the values path.
 */
export type Way =
  | {
      readonly way: "merge";
      /** Property below the app's entry in the store; absent: the key's own name. */
      readonly property?: string;
      /** Entry in the store that several apps share, because both ends must have the same value. */
      readonly shared?: "oidc" | "livekit" | "smtp" | "llm";
      /** May be drawn anew on a schedule: one reader, nothing stored depends on it but sessions. */
      readonly rotatable?: true;
    }
  | {
      /** Only with a datastore outside the cluster: there the same entry of the store is what its owner sets. */
      readonly way: "merge-external";
      readonly property?: string;
    }
  | { readonly way: "values"; readonly path: string; readonly why: string; readonly byHand: ByHand }
  | { readonly way: "keep"; readonly why: string; readonly byHand: ByHand };

/** What does not rotate by itself, and how a person does it. */
export const byHand = {
  datastore: {
    what: "Passwords of datastores",
    procedure:
      "A datastore and what uses it have to change together. Outside the cluster: make a second account or password there, write it to the store (`mijnbureau/<app>`), wait until the ExternalSecret is in sync and the readers are restarted, remove the old one. Bundled: set the new password in the datastore itself, put it at the values path of the same name in your own encrypted file, `helmfile apply`. Of CloudNativePG: `kubectl cnpg` or an `ALTER ROLE`, then its Secret.",
  },
  document: {
    what: "Values inside a document or under names that the chart makes up",
    procedure:
      "Put the new value at the values path in your own encrypted file and `helmfile apply`; for a client secret of sign-in, apply Keycloak and the app in the same step. The charts restart what reads it.",
  },
  firstStart: {
    what: "Administrators that an app makes at its first start",
    procedure:
      "Change the password in the app itself, then in the store of the people who use it. The Secret keeps the first one, which no longer works.",
  },
  identity: {
    what: "The identity of a server",
    procedure:
      "Never: others know the server by it. After a leak follow the app's own procedure for a compromised key.",
  },
} as const;
export type ByHand = keyof typeof byHand;

export const merge = { way: "merge" } as const;
export const rotatable = { way: "merge", rotatable: true } as const;
export const fromStoreOwner = { way: "merge-external" } as const;
export const llmKey = { way: "merge", shared: "llm", property: "api-key" } as const;

export const oidc = (client: string): Way => ({ way: "merge", shared: "oidc", property: client });

export const storeUrl = (path: string): Way => ({
  way: "values",
  path,
  why: "A URL with the password in it: the datastore and every URL have to change together.",
  byHand: "datastore",
});

export const bundledPassword = (path: string): Way => ({
  way: "values",
  path,
  why: "The bundled datastore reads its password at first start only; changing the Secret alone locks the app out.",
  byHand: "datastore",
});

/** Of the apps that are made with Django: their first administrator. */
export const djangoSuperuser = { DJANGO_SUPERUSER_EMAIL: merge, DJANGO_SUPERUSER_PASSWORD: merge } as const;
