import { stackRule } from "../../engine/rule";
import { at } from "../../../lib/json";
import { podLabels } from "../availability/_scale";
import { isolatedByPlugin } from "../namespaces/_network";
import { ownedWorkloads, policiesOn } from "./_selection";

/** Every pod is under a network policy in both directions. NetworkPolicies do not govern pods on the host's network. */
export const isolatedPods = stackRule({
  id: "stack/isolated-pods",
  severity: "high",
  title: "Every pod is under a network policy in both directions",
  why: "A pod that no policy selects is reached by every pod of the cluster, and reaches all of them and the internet.",
  standards: {
    cis: ["5.3.2"],
    nsa: true,
    iso27002: ["8.20", "8.22"],
    checkov: ["CKV2_K8S_6"],
    kubeScore: ["pod-networkpolicy"],
    kubeLinter: ["non-isolated-pod"],
    polaris: ["missingNetworkPolicy"],
    kubescape: ["C-0260"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  message: "is selected by no network policy",
  remedy: "Add a default deny for both directions to the namespace, and a policy for what the pods need.",
  select: ownedWorkloads,
  check: (workload, stack) =>
    at(workload.pod?.pod, "spec", "hostNetwork") === true
      ? []
      : (["Ingress", "Egress"] as const)
          .filter(
            (direction) =>
              policiesOn(workload, direction, stack).length === 0 &&
              !isolatedByPlugin(workload.namespace, podLabels(workload), direction, stack),
          )
          .map((direction) => ({ message: `is selected by no network policy for ${direction.toLowerCase()}` })),
});
