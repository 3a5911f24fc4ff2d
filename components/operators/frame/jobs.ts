import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { image, type Facts } from "./facts";
import type { JsonObject } from "./manifest";

/** Repository of the image with kubectl. */
export const KUBECTL = "registry.k8s.io/kubectl";

/** A container that runs kubectl once. */
export const kubectl = (facts: Pick<Facts, "images">, name: string, args: readonly string[]) => ({
  name,
  image: image(facts, `${KUBECTL}:v1.36.0`),
  args,
});

/** The variable RUN, with the name of the Job that a pod is of: no two runs have the same. */
export const runVariable: JsonObject = {
  name: "RUN",
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
};

interface CronJobArgs {
  readonly name: string;
  readonly namespace: string;
  readonly schedule: string;
  /** Longest run. */
  readonly seconds: number;
  /** Of its Jobs. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly template: JsonObject;
}

/** A CronJob of which no two runs meet, and none is tried again. */
export const cronJob = ({ name, namespace, schedule, seconds, labels, template }: CronJobArgs): Manifest => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name, namespace, labels: managedLabels },
  spec: {
    schedule,
    concurrencyPolicy: "Forbid",
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    jobTemplate: {
      ...(labels === undefined ? {} : { metadata: { labels } }),
      spec: { backoffLimit: 0, activeDeadlineSeconds: seconds, template },
    },
  },
});
