import { stackRule } from "../../engine/rule";
import { asObject, at } from "../../engine/json";
import { selects } from "../../engine/stack";
import { podLabels } from "../availability/_scale";

/** Network policies select pods that the stack has. */
export const policyTarget = stackRule({
  id: "stack/policy-target",
  severity: "low",
  title: "Network policies select pods that the stack has",
  why: "A policy that selects nothing protects nothing: most often its labels are misspelt, and the pods that it is for stand open.",
  standards: {
    cis: ["5.3.2"],
    bio: ["8.22"],
    kubeScore: ["networkpolicy-targets-pod"],
    kubeLinter: ["dangling-networkpolicy"],
    kubescape: ["C-0299"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "selects the pods of no workload",
  remedy: "Make podSelector the labels of the pod template.",
  // Only where the stack deploys workloads itself: the suite's are not part of the platform's own stack.
  select: (stack) =>
    stack
      .ownedNamespaces()
      .filter(({ name }) => stack.workloads(name).length > 0)
      .flatMap(({ name }) => stack.ofKind("networking.k8s.io/NetworkPolicy", name)),
  check: (policy, stack) => {
    const selector = asObject(at(policy.object, "spec", "podSelector")) ?? {};
    const found = stack.workloads(policy.namespace).some((workload) => selects(selector, podLabels(workload)));
    return found ? [] : [{ field: "spec.podSelector" }];
  },
});
