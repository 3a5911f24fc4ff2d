import type { App } from "../app";
import { bureaublad } from "./bureaublad";
import { clamav } from "./clamav";
import { collabora } from "./collabora";
import { conversations } from "./conversations";
import { docs } from "./docs";
import { drive } from "./drive";
import { element } from "./element";
import { grist } from "./grist";
import { keycloak } from "./keycloak";
import { appKeys, type AppKey } from "./keys";
import { livekit } from "./livekit";
import { meet } from "./meet";
import { nextcloud } from "./nextcloud";
import { ollama } from "./ollama";
import { openproject } from "./openproject";

export { appKeys, type AppKey };

/** Every app of MijnBureau, with all that the platform knows of it. */
export const apps = {
  bureaublad,
  clamav,
  collabora,
  conversations,
  docs,
  drive,
  element,
  grist,
  keycloak,
  livekit,
  meet,
  nextcloud,
  ollama,
  openproject,
} as const satisfies Record<AppKey, App>;

/** An app with the fields that all of them have; `apps` knows each one's own pods and hosts as well. */
export const appOf = (key: AppKey): App => apps[key];

/** The apps one by one, in the order of their keys. */
export const eachApp: readonly { readonly key: AppKey; readonly app: App }[] = appKeys.map((key) => ({
  key,
  app: appOf(key),
}));
