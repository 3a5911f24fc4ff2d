import { z } from "zod";
import { at, type KubeClient, type KubeObject } from "../../lib/kube/client";

const condition = z.object({
  type: z.string(),
  status: z.string(),
  message: z.string().default(""),
  lastTransitionTime: z.string().default(""),
});
const conditions = z.array(condition).default([]);

/** How a Job ended: a condition of type `Complete` or `Failed`. Undefined while it runs, or where there is none. */
export const endOf = (job: KubeObject | undefined): z.infer<typeof condition> | undefined =>
  conditions
    .parse(at(job, "status", "conditions"))
    .find(({ type, status }) => status === "True" && ["Complete", "Failed"].includes(type));

export const podsOf = (client: KubeClient, namespace: string, job: string): Promise<readonly KubeObject[]> =>
  client.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector: `batch.kubernetes.io/job-name=${job}` });
