import { join, resolve } from "node:path";
import { projectRoot } from "../toolchain";

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
  /** Folders of real nodes, and their volumes. */
  readonly nodes: string;
}

/** Where `npm start` and `npm run cluster` keep their cluster; Pulumi.dev.yaml names the kubeconfig in it. */
export function defaultClusterDir(root: string = projectRoot()): string {
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
    nodes: join(absolute, "nodes"),
  };
}

/** Configuration files beside the sources; the compiler copies none of them to dist/. */
export const clusterFile = (name: string): string => join(projectRoot(), "embedded", "cluster", name);
