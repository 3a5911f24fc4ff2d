import { apps, eachApp, type AppKey } from "../../../suite/apps";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

/**
 * AppArmor profiles of the apps, by name, with the files that they may write. Everything runs with a read-only root
 * file system, which this repeats below the container runtime.
 */
const profiles = [...new Set(eachApp.map(({ app }) => app.appArmor.profile))].map((name) => {
  const sharing = eachApp.filter(({ app }) => app.appArmor.profile === name);
  return {
    name,
    apps: sharing.map(({ key }) => key),
    writable: [...new Set(sharing.flatMap(({ app }) => app.appArmor.writable))],
  };
});

const named = (profile: string): string => `mijnbureau-${profile}`;

/** Name of the profile of an app, as a pod names it in `appArmorProfile.localhostProfile`. */
export const profileOf = (app: AppKey): string => named(apps[app].appArmor.profile);

/** Profiles of these apps. Of v1 of the API they are cluster-scoped. */
export function appArmorProfiles(enabled: readonly string[]): Manifest[] {
  return profiles
    .filter(({ apps }) => apps.some((app) => enabled.includes(app)))
    .map(({ name, writable }) => ({
      apiVersion: "security-profiles-operator.x-k8s.io/v1",
      kind: "AppArmorProfile",
      metadata: { name: named(name), labels: managedLabels },
      spec: {
        abstract: {
          executable: { allowedExecutables: ["/**"], allowedLibraries: ["/**"] },
          filesystem: { readOnlyPaths: ["/"], readWritePaths: writable },
          network: { allowRaw: false, allowedProtocols: { allowTcp: true, allowUdp: true } },
        },
      },
    }));
}
