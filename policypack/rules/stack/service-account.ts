import { serviceAccountOf } from "../../engine/defaults";
import { asObject, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { ownedWorkloads } from "./_selection";

/** Something in the stack makes the service accounts that its pods run as. */
export const serviceAccount = stackRule({
  id: "stack/service-account",
  severity: "low",
  title: "The stack has the service accounts that its pods run as",
  why: "The API server makes no pod for an account that is not there, and whoever makes one of that name later decides what the pods may do.",
  standards: { iso27002: ["5.16", "8.9"], kubeLinter: ["non-existent-service-account"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "runs as a service account that is not in this stack",
  remedy: "Add the ServiceAccount to the stack, or correct the name.",
  select: ownedWorkloads,
  check: (workload, stack) => {
    const name = serviceAccountOf(asObject(at(workload.pod?.pod, "spec")) ?? {});
    // Every namespace has an account `default`, made by the cluster.
    if (name === "default" || stack.find("ServiceAccount", workload.namespace, name) !== undefined) return [];
    return [{ message: `runs as the service account "${name}", which is not in this stack` }];
  },
});
