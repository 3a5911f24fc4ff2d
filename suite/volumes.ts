import type { AppKey } from "./apps";

/**
 * Where helmfile/environments/default/pvc.yaml.gotmpl of MinBZK/mijn-bureau-infra (b2ae545) has the volumes of an app: the
 * key below `pvc`, and its parts; without parts the key itself is one volume. Apps that are not here have no volume.
 */
export interface AppVolumes {
  readonly key: string;
  readonly parts: readonly string[];
}

export const volumes: Partial<Record<AppKey, AppVolumes>> = {
  bureaublad: { key: "bureaublad", parts: ["redis"] },
  clamav: { key: "clamav", parts: [] },
  conversations: { key: "conversations", parts: ["postgresql", "redis"] },
  docs: { key: "docs", parts: ["minio", "postgresql", "redis"] },
  drive: { key: "drive", parts: ["minio", "postgresql", "redis"] },
  element: { key: "synapse", parts: ["postgresql", "redis", "synapse"] },
  grist: { key: "grist", parts: ["grist", "minio", "postgresql", "redis"] },
  keycloak: { key: "keycloak", parts: ["keycloak", "postgresql"] },
  livekit: { key: "livekit", parts: ["redis"] },
  meet: { key: "meet", parts: ["minio", "postgresql", "redis"] },
  nextcloud: { key: "nextcloud", parts: ["minio", "nextcloud", "postgresql", "redis"] },
  ollama: { key: "ollama", parts: [] },
  openproject: { key: "openproject", parts: ["minio", "postgresql", "redis"] },
};
