import { serviceAccountOf } from "../../engine/defaults";
import { asObject, at } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";

/** Whether the account of a pod, where the stack has it, switches off mounting its token. */
export function accountMountsNone(workload: StackObject, stack: StackIndex): boolean {
  const name = serviceAccountOf(asObject(workload.pod?.pod["spec"]) ?? {});
  return stack
    .ofKind("ServiceAccount", workload.namespace)
    .some((account) => account.name === name && at(account.object, "automountServiceAccountToken") === false);
}

/** The same where the pod has no word of its own on it, which would come first. */
export function mountsNoneByAccount(workload: StackObject, stack: StackIndex): boolean {
  const own = asObject(workload.pod?.pod["spec"])?.["automountServiceAccountToken"];
  return own === undefined && accountMountsNone(workload, stack);
}
