import { readFileSync } from "node:fs";
import { kubernetesApiTable, tableFile } from "../tools/kubernetes-api";

/** Whether the committed table is what the OpenAPI document says; undefined where the document cannot be had. */
export function kubernetesApiDifference(): readonly string[] | undefined {
  const table = kubernetesApiTable();
  if (table === undefined) return undefined;
  return table === readFileSync(tableFile, "utf8")
    ? []
    : ["policypack/engine/kubernetes-api.ts is of another version; run npx ts-node test/tools/kubernetes-api.ts"];
}
