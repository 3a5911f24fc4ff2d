import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { compareScript, podOf, psql, type TablesArgs } from "./tables";

const LONGEST_SECONDS = 4 * 3600;

/** Counts the tables of a Cluster beside what was recorded; `exact`: it was brought back to the recorded moment. */
export const compareJob = (args: TablesArgs, cluster: string, exact: boolean): Manifest => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: `${cluster}-compare`, namespace: args.database.namespace, labels: managedLabels },
  spec: {
    backoffLimit: 0,
    activeDeadlineSeconds: LONGEST_SECONDS,
    template: podOf({ ...args, steps: [psql(args, "compare", cluster, compareScript(exact))] }),
  },
});
