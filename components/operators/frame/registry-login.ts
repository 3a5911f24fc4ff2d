import type { Facts } from "./facts";
import type { JsonObject } from "./manifest";
import type { ChartPatch } from "./patch";

/** Docker's own variable for the folder of its configuration; falcoctl and Trivy read their logins from there too. */
const LOGIN_VARIABLE = "DOCKER_CONFIG";
const LOGIN_PATH = "/etc/registry-login";
const VOLUME = "registry-login";

/** A pull secret as the file that Docker's configuration is. */
export const loginVolume = (secretName: string) => ({
  name: VOLUME,
  secret: { secretName, items: [{ key: ".dockerconfigjson", path: "config.json" }] },
});
export const loginMount = { name: VOLUME, mountPath: LOGIN_PATH, readOnly: true } as const;
export const loginEnv = { name: LOGIN_VARIABLE, value: LOGIN_PATH } as const;

interface Puller {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly name: string;
  readonly container: string;
  readonly init?: true;
}

/** The kubelet's pull secrets are for images; a program that pulls artifacts from a registry logs in itself. */
export function registryLogins(facts: Pick<Facts, "images">, pullers: readonly Puller[]): ChartPatch[] {
  const { pullSecret } = facts.images;
  if (pullSecret === undefined) return [];
  return pullers.map(({ kind, name, container, init }) => {
    const logsIn: JsonObject = { name: container, env: [loginEnv], volumeMounts: [loginMount] };
    const spec = {
      volumes: [loginVolume(pullSecret)],
      ...(init === true ? { initContainers: [logsIn] } : { containers: [logsIn] }),
    };
    return {
      kind,
      name,
      patch: { spec: { template: { spec } } },
      reason: "Pulls artifacts from the registry, with the login of the stack's pull secret.",
    };
  });
}
