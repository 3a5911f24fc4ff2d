import { z } from "zod";
import type { AppKey } from "../../../suite/apps";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

/** What the programs of an app may do with files, beyond reading. */
interface Profile {
  readonly apps: readonly AppKey[];
  readonly writable: readonly string[];
}

/**
 * AppArmor profiles per kind of app, from the writable mounts of the rendered manifests
 * (MinBZK/mijn-bureau-infra b2ae545). Everything runs with a read-only root file system, which this repeats
 * below the container runtime.
 */
const profiles: Readonly<Record<string, Profile>> = {
  django: {
    apps: ["conversations", "docs", "drive", "meet", "bureaublad"],
    writable: ["/tmp/", "/data/", "/app/tmp/"],
  },
  keycloak: { apps: ["keycloak"], writable: ["/tmp/", "/opt/keycloak/data/", "/opt/bitnami/keycloak/"] },
  nextcloud: { apps: ["nextcloud"], writable: ["/tmp/", "/var/www/html/", "/var/run/", "/run/"] },
  synapse: { apps: ["element"], writable: ["/tmp/", "/synapse/data/", "/data/"] },
  clamav: { apps: ["clamav"], writable: ["/tmp/", "/var/lib/clamav/", "/var/log/", "/run/clamav/"] },
  media: { apps: ["livekit"], writable: ["/tmp/"] },
  grist: { apps: ["grist"], writable: ["/tmp/", "/persist/"] },
  openproject: { apps: ["openproject"], writable: ["/tmp/", "/app/tmp/", "/var/openproject/"] },
  collabora: { apps: ["collabora"], writable: ["/tmp/", "/opt/cool/", "/var/cache/"] },
  ollama: { apps: ["ollama"], writable: ["/tmp/", "/root/.ollama/", "/models/"] },
};

/** What admission reads of the operator's settings. */
export const profiledApps = z.looseObject({
  enabled: z.boolean().default(false),
  apps: z.array(z.string()).default([]),
});

/** Name of the profile of an app, as a pod names it in `appArmorProfile.localhostProfile`. */
export function profileOf(app: AppKey): string | undefined {
  const found = Object.entries(profiles).find(([, { apps }]) => apps.includes(app));
  return found === undefined ? undefined : `mijnbureau-${found[0]}`;
}

/** Profiles of these apps. Of v1 of the API they are cluster-scoped. */
export function appArmorProfiles(enabled: readonly string[]): Manifest[] {
  return Object.entries(profiles)
    .filter(([, { apps }]) => apps.some((app) => enabled.includes(app)))
    .map(([name, { writable }]) => ({
      apiVersion: "security-profiles-operator.x-k8s.io/v1",
      kind: "AppArmorProfile",
      metadata: { name: `mijnbureau-${name}`, labels: managedLabels },
      spec: {
        abstract: {
          executable: { allowedExecutables: ["/**"], allowedLibraries: ["/**"] },
          filesystem: { readOnlyPaths: ["/"], readWritePaths: [...writable] },
          network: { allowRaw: false, allowedProtocols: { allowTcp: true, allowUdp: true } },
        },
      },
    }));
}
