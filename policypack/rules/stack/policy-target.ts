import { stackRule } from "../../engine/rule";
import { asObject, at, stringMap } from "../../../lib/json";
import { deploysIn, madeByOperator, owned, selectedIn } from "./_selection";

/** Network policies select pods that the stack has. */
export const policyTarget = stackRule({
  id: "stack/policy-target",
  severity: "low",
  title: "Network policies select pods that the stack has",
  why: "A policy that selects nothing protects nothing: most often its labels are misspelt, and the pods that it is for stand open.",
  standards: {
    cis: ["5.3.2"],
    iso27002: ["8.22"],
    kubeScore: ["networkpolicy-targets-pod"],
    kubeLinter: ["dangling-networkpolicy"],
    kubescape: ["C-0299"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "selects the pods of no workload",
  remedy: "Make podSelector the labels of the pod template.",
  select: (stack) => owned(stack, stack.ofKind("networking.k8s.io/NetworkPolicy")),
  check: (policy, stack) => {
    const selector = asObject(at(policy.object, "spec", "podSelector")) ?? {};
    if (!deploysIn(policy.namespace, stack)) return [];
    const selected =
      selectedIn(policy.namespace, selector, stack).length > 0 ||
      madeByOperator(policy.namespace, stringMap(selector["matchLabels"]), stack);
    return selected ? [] : [{ field: "spec.podSelector" }];
  },
});
