import { projectRoot } from "../../embedded/toolchain";
import type { LoadedConfig } from "../../config/load";
import { KubeClient } from "../../lib/kube/client";
import { kubeconfigOf } from "../verify/stack";

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The API server of a stack, by its kubeconfig and context. */
export function clientOf(config: LoadedConfig): KubeClient {
  const kubeconfig = kubeconfigOf(undefined, config, projectRoot());
  return new KubeClient({ kubeconfig, context: config.cluster.context }, { timeoutMs: 60_000 });
}
