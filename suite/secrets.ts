import { eachApp, type AppKey } from "./apps";
import type { Way } from "./secret-ways";

export interface AppSecret {
  readonly app: AppKey;
  readonly secret: string;
  readonly keys: Readonly<Record<string, Way>>;
}

/** Every Secret of the suite (rendered manifests of MinBZK/mijn-bureau-infra b2ae545, production and demo). */
export const appSecrets: readonly AppSecret[] = eachApp.flatMap(({ key, app }) =>
  Object.entries(app.secrets).map(([secret, keys]): AppSecret => ({ app: key, secret, keys })),
);
