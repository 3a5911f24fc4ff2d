import { z } from "zod";
import { RECORD } from "../../components/cluster/installation";
import { organisationOf } from "../../components/operators/frame/facts";
import { projectRoot } from "../../embedded/toolchain";
import type { LoadedConfig } from "../../config/load";
import { UserError } from "../../lib/errors";
import { KubeClient } from "../../lib/kube/client";
import { kubeconfigOf } from "../verify/stack";

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The API server of a stack, by its kubeconfig and context. */
export function clientOf(config: LoadedConfig): KubeClient {
  const kubeconfig = kubeconfigOf(undefined, config, projectRoot());
  return new KubeClient({ kubeconfig, context: config.cluster.context }, { timeoutMs: 60_000 });
}

/** @throws {UserError} where the cluster is another stack's: a kubeconfig's current context is easily that of another one */
export async function ofStack(client: KubeClient, stack: string, config: LoadedConfig): Promise<void> {
  const record = await client.find({ apiVersion: "v1", kind: "ConfigMap", ...RECORD });
  if (record === undefined) return;
  const organisation = organisationOf(config);
  const { stack: installed, organisation: whose = organisation } = z
    .object({ stack: z.string(), organisation: z.string().optional() })
    .parse(record["data"]);
  if (installed.split("/").at(-1) === stack && whose === organisation) return;
  throw new UserError(
    `the cluster carries the platform of stack ${installed} of ${whose}, and not ${stack} of ${organisation}. Nothing was changed; look at cluster.kubeconfig and cluster.context of Pulumi.${stack}.yaml, or at the current context`,
  );
}
