import type { AppKey } from "./apps";

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
  | { readonly way: "values"; readonly path: string; readonly why: string }
  | { readonly way: "keep"; readonly why: string };

export interface AppSecret {
  readonly app: AppKey;
  readonly secret: string;
  readonly keys: Readonly<Record<string, Way>>;
}

const merge = { way: "merge" } as const;
const rotatable = { way: "merge", rotatable: true } as const;
const store = { way: "merge-external" } as const;
const oidc = (client: string): Way => ({ way: "merge", shared: "oidc", property: client });
const url = (path: string): Way => ({
  way: "values",
  path,
  why: "A URL with the password in it: the datastore and every URL have to change together.",
});
const bundled = (path: string): Way => ({
  way: "values",
  path,
  why: "The bundled datastore reads its password at first start only; changing the Secret alone locks the app out.",
});

/** Every Secret of the suite (rendered manifests of MinBZK/mijn-bureau-infra b2ae545, production and demo). */
export const appSecrets: readonly AppSecret[] = [
  {
    app: "bureaublad",
    secret: "bureaublad",
    keys: {
      OIDC_CLIENT_SECRET: oidc("bureaublad"),
      SECRET_KEY: rotatable,
      REDIS_URL: url("cache.bureaublad.password"),
      AI_API_KEY: { way: "merge", shared: "llm", property: "api-key" },
    },
  },
  { app: "bureaublad", secret: "bureaublad-redis", keys: { "redis-password": bundled("cache.bureaublad.password") } },
  { app: "collabora", secret: "collabora-online", keys: { password: rotatable } },
  {
    app: "conversations",
    secret: "conversations",
    keys: {
      AI_API_KEY: { way: "merge", shared: "llm", property: "api-key" },
      COLLABORATION_SERVER_SECRET: rotatable,
      DB_PASSWORD: store,
      DJANGO_SECRET_KEY: rotatable,
      OIDC_RP_CLIENT_SECRET: oidc("conversations"),
      REDIS_URL: url("cache.conversations.password"),
    },
  },
  {
    app: "conversations",
    secret: "conversations-superuser",
    keys: { DJANGO_SUPERUSER_EMAIL: merge, DJANGO_SUPERUSER_PASSWORD: merge },
  },
  {
    app: "docs",
    secret: "docs",
    keys: {
      AWS_S3_ACCESS_KEY_ID: store,
      AWS_S3_SECRET_ACCESS_KEY: store,
      COLLABORATION_SERVER_SECRET: rotatable,
      DB_PASSWORD: store,
      DJANGO_CELERY_BROKER_URL: url("cache.docs.password"),
      DJANGO_EMAIL_HOST_PASSWORD: { way: "merge", shared: "smtp", property: "password" },
      DJANGO_SECRET_KEY: rotatable,
      // Upstream renders the literal "secret-api-key" here; the merge replaces it.
      DJANGO_SERVER_TO_SERVER_API_TOKENS: rotatable,
      DJANGO_SUPERUSER_PASSWORD: merge,
      MIGRATE_DB_PASSWORD: store,
      OIDC_RP_CLIENT_SECRET: oidc("docs"),
      REDIS_URL: url("cache.docs.password"),
      Y_PROVIDER_API_KEY: rotatable,
      AI_API_KEY: { way: "merge", shared: "llm", property: "api-key" },
    },
  },
  {
    app: "drive",
    secret: "drive",
    keys: {
      AWS_S3_ACCESS_KEY_ID: store,
      AWS_S3_SECRET_ACCESS_KEY: store,
      CELERY_BROKER_URL: url("cache.drive.password"),
      DB_PASSWORD: store,
      DJANGO_SECRET_KEY: rotatable,
      DJANGO_SERVER_TO_SERVER_API_TOKENS: rotatable,
      OIDC_RP_CLIENT_SECRET: oidc("drive"),
      REDIS_URL: url("cache.drive.password"),
    },
  },
  {
    app: "drive",
    secret: "drive-superuser",
    keys: { DJANGO_SUPERUSER_EMAIL: merge, DJANGO_SUPERUSER_PASSWORD: merge },
  },
  {
    app: "element",
    secret: "synapse",
    keys: {
      "secrets.yaml": {
        way: "values",
        path: "application.synapse (several)",
        why: "One YAML document with the database, cache, OIDC and registration secrets.",
      },
    },
  },
  {
    app: "element",
    secret: "synapse-signing-key",
    keys: {
      synapse_signing_key: {
        way: "keep",
        why: "Made once by a Job; it is the homeserver's identity. Backed up with the namespace, never replaced.",
      },
    },
  },
  {
    app: "grist",
    secret: "grist",
    keys: {
      GRIST_DOCS_MINIO_ACCESS_KEY: store,
      GRIST_DOCS_MINIO_SECRET_KEY: store,
      GRIST_OIDC_IDP_CLIENT_SECRET: oidc("grist"),
      GRIST_SESSION_SECRET: rotatable,
      REDIS_URL: url("cache.grist.password"),
      TYPEORM_PASSWORD: store,
      ASSISTANT_API_KEY: { way: "merge", shared: "llm", property: "api-key" },
    },
  },
  {
    app: "keycloak",
    secret: "keycloak-keycloak",
    keys: {
      "admin-password": {
        way: "keep",
        why: "Keycloak reads it when the first administrator is made; later changes are made in Keycloak itself.",
      },
    },
  },
  { app: "keycloak", secret: "keycloak-keycloak-externaldb", keys: { "db-password": store } },
  {
    app: "keycloak",
    secret: "keycloak-keycloak-config-cli",
    keys: {
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
      },
    },
  },
  {
    app: "livekit",
    secret: "livekit-server",
    keys: {
      REDIS_PASSWORD: bundled("cache.livekit.password"),
      "keyfile.txt": { way: "merge", shared: "livekit", property: "keyfile" },
    },
  },
  {
    app: "meet",
    secret: "meet",
    keys: {
      CELERY_BROKER_URL: url("cache.meet.password"),
      DB_PASSWORD: store,
      DJANGO_SECRET_KEY: rotatable,
      LIVEKIT_API_SECRET: { way: "merge", shared: "livekit", property: "api-secret" },
      OIDC_RP_CLIENT_SECRET: oidc("meet"),
      REDIS_URL: url("cache.meet.password"),
    },
  },
  {
    app: "meet",
    secret: "meet-superuser",
    keys: { DJANGO_SUPERUSER_EMAIL: merge, DJANGO_SUPERUSER_PASSWORD: merge },
  },
  {
    app: "nextcloud",
    secret: "nextcloud",
    keys: {
      "nextcloud-username": { way: "keep", why: "Read at installation only." },
      "nextcloud-password": { way: "keep", why: "Read at installation only; changed in Nextcloud itself." },
      "oidc-client-secret": oidc("nextcloud"),
    },
  },
  { app: "nextcloud", secret: "nextcloud-externaldatabase", keys: { username: store, password: store } },
  { app: "nextcloud", secret: "nextcloud-externalminio", keys: { username: store, password: store } },
  { app: "nextcloud", secret: "nextcloud-externalredis", keys: { password: store } },
  {
    app: "nextcloud",
    secret: "nextcloud-metrics-token",
    keys: { token: { way: "keep", why: "Stored by Nextcloud at installation." } },
  },
  {
    app: "openproject",
    secret: "openproject-environment",
    keys: {
      "*": {
        way: "values",
        path: "application.openproject (several)",
        why: "Names of the keys depend on the chart's settings; the datastore passwords are inside URLs.",
      },
    },
  },
  {
    app: "openproject",
    secret: "openproject-oidc",
    keys: {
      "*": {
        way: "values",
        path: "authentication.oidc.openproject.clientSecret",
        why: "Key names carry the provider's name.",
      },
    },
  },
];
