import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The checkout's root. Compiled code runs from dist/, sources through ts-node: both find the root as the nearest
 * folder above that holds Pulumi's or npm's manifest beside `embedded/`, since the compiler copies no YAML to dist/.
 */
export function checkoutRoot(from: string = __dirname): string {
  let folder = resolve(from);
  while (!(
    existsSync(join(folder, "package.json")) && existsSync(join(folder, "embedded", "cluster", "stages.yaml"))
  )) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no checkout of mijnbureau-platform above ${from}`);
    folder = parent;
  }
  return folder;
}

/** Files of one embedded cluster; everything it writes is below `dir`. */
export interface ClusterPaths {
  readonly dir: string;
  readonly state: string;
  readonly lock: string;
  readonly pki: string;
  readonly kubeconfig: string;
  readonly kubeconfigs: string;
  readonly etcd: string;
  readonly logs: string;
  readonly auditLog: string;
}

/** Where `npm start` and `npm run cluster` keep their cluster; Pulumi.dev.yaml names the kubeconfig in it. */
export function defaultClusterDir(root: string = checkoutRoot()): string {
  return join(root, ".pulumi-dev", "cluster");
}

export function clusterPaths(dir: string): ClusterPaths {
  const absolute = resolve(dir);
  return {
    dir: absolute,
    state: join(absolute, "cluster.json"),
    lock: join(absolute, "cluster.lock"),
    pki: join(absolute, "pki"),
    kubeconfig: join(absolute, "kubeconfig"),
    kubeconfigs: join(absolute, "kubeconfigs"),
    etcd: join(absolute, "etcd"),
    logs: join(absolute, "logs"),
    auditLog: join(absolute, "logs", "audit.log"),
  };
}

/** Configuration files of the cluster that live beside the sources. */
export const clusterFile = (name: string): string => join(checkoutRoot(), "embedded", "cluster", name);
