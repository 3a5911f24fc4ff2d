import { stackRule } from "../../engine/rule";
import { serviceAccountOf } from "../../engine/defaults";
import { asObject } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { isBound } from "./_bindings";
import { accountMountsNone } from "./_token";

/** Whether the pod gets a token: its own word, else its account's, else yes. */
function mountsToken(workload: StackObject, stack: StackIndex): boolean {
  const spec = asObject(workload.pod?.pod["spec"]) ?? {};
  const own = spec["automountServiceAccountToken"];
  if (typeof own === "boolean") return own;
  return !accountMountsNone(workload, stack);
}

/** Pods whose account has no rights mount no token. */
export const tokenWithoutNeed = stackRule({
  id: "identity/token-without-need",
  severity: "low",
  title: "Pods whose account has no rights mount no token",
  why: "No binding gives the account anything to do at the API server, so the token only serves who steals it: every token may discover the API and whatever is open to all who sign in.",
  standards: {
    cis: ["5.1.6"],
    nsa: true,
    iso27002: ["5.15", "8.5"],
    checkov: ["CKV_K8S_38"],
    kubescape: ["C-0034", "C-0190"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "advisory" },
  message: "mounts a token although its service account has no rights",
  remedy: "Set automountServiceAccountToken: false on the pod or on its service account.",
  select: (stack) => stack.workloads().filter((workload) => workload.pod?.open === false),
  check: (workload, stack) => {
    const account = serviceAccountOf(asObject(workload.pod?.pod["spec"]) ?? {});
    return mountsToken(workload, stack) && !isBound(stack, workload.namespace, account) ? [{}] : [];
  },
});
