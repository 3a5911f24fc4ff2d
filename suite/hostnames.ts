import { recordOf } from "../lib/record";
import type { AppKey } from "./apps";

/**
 * The public hosts of the suite: the label below the stack's domain, and the app whose namespace publishes it
 * (MinBZK/mijn-bureau-infra b2ae545, helmfile/environments/default/global.yaml.gotmpl, `global.hostname`).
 */
export const publicHosts = {
  keycloak: { label: "id", app: "keycloak" },
  element: { label: "element", app: "element" },
  synapse: { label: "matrix", app: "element" },
  grist: { label: "grist", app: "grist" },
  collabora: { label: "collabora", app: "collabora" },
  nextcloud: { label: "nextcloud", app: "nextcloud" },
  openproject: { label: "openproject", app: "openproject" },
  livekit: { label: "livekit", app: "livekit" },
  meet: { label: "meet", app: "meet" },
  conversations: { label: "conversations", app: "conversations" },
  docs: { label: "docs", app: "docs" },
  bureaublad: { label: "bureaublad", app: "bureaublad" },
  drive: { label: "drive", app: "drive" },
  "conversations-static": { label: "static-conversations", app: "conversations" },
  "drive-static": { label: "static-drive", app: "drive" },
  "meet-static": { label: "static-meet", app: "meet" },
  "docs-static": { label: "static-docs", app: "docs" },
  "grist-static": { label: "static-grist", app: "grist" },
  "drive-minio": { label: "drive-minio", app: "drive" },
} as const satisfies Record<string, { readonly label: string; readonly app: AppKey }>;

export type PublicHost = keyof typeof publicHosts;
export const publicHostNames: readonly PublicHost[] = Object.keys(publicHosts).filter(
  (name): name is PublicHost => name in publicHosts,
);

/** Label of each host in a stack that overrides some. */
export function hostLabels(overrides: Readonly<Record<string, string>>): Record<PublicHost, string> {
  return recordOf(publicHostNames, (name) => overrides[name] ?? publicHosts[name].label);
}
