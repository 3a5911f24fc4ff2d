import { eachApp, type AppKey } from "./apps";
import type { Way } from "./secret-ways";

export interface AppSecret {
  readonly app: AppKey;
  readonly secret: string;
  readonly keys: Readonly<Record<string, Way>>;
}

/** Whether External Secrets may write the key: from the store, or drawn anew. */
const written = ({ way }: Way): boolean => way === "merge" || way === "merge-external";

/** Every Secret of the suite (rendered manifests of MinBZK/mijn-bureau-infra b2ae545, production and demo). */
export const appSecrets: readonly AppSecret[] = eachApp.flatMap(({ key, app }) =>
  Object.entries(app.secrets).map(([secret, keys]): AppSecret => ({ app: key, secret, keys })),
);

/** Names of the Secrets that External Secrets may change. */
export const changingSecrets: readonly string[] = [
  ...new Set(appSecrets.flatMap(({ secret, keys }) => (Object.values(keys).some(written) ? [secret] : []))),
].sort();
