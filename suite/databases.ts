import type { AppKey } from "./apps";

/** The PostgreSQL database of an app, as the suite's own values name it. */
export interface AppDatabase {
  readonly name: string;
  readonly user: string;
  /** Property of the app's entry in the secret store that holds the password: the key that `suite/secrets.ts` merges. */
  readonly password: string;
}

const database = (name: string, password: string): AppDatabase => ({ name, user: name, password });

/** MinBZK/mijn-bureau-infra b2ae545, helmfile/environments/default/database.yaml.gotmpl. */
export const databases: Readonly<Partial<Record<AppKey, AppDatabase>>> = {
  conversations: database("conversations", "DB_PASSWORD"),
  docs: database("docs", "DB_PASSWORD"),
  drive: database("drive", "DB_PASSWORD"),
  // Inside one YAML document (suite/secrets.ts): the deployer passes the value on.
  element: database("synapse", "database-password"),
  grist: database("grist", "TYPEORM_PASSWORD"),
  keycloak: database("keycloak", "db-password"),
  meet: database("meet", "DB_PASSWORD"),
  nextcloud: database("nextcloud", "password"),
  // Inside a URL: the deployer passes the value on.
  openproject: database("openproject", "database-password"),
};

/** Name of the Cluster; the suite's values lead to its Service `<name>-rw` (same file, `host`). */
export const clusterOf = (app: string): string => `${app}-cluster`;
