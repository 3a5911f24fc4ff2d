import { stackRule } from "../../engine/rule";
import { asObject, at, stringMap } from "../../../lib/json";
import { selects } from "../../engine/stack";
import { madeByOperator, selectedIn } from "../stack/_selection";
import { podLabels } from "./_scale";

/** Disruption budgets count pods that exist. */
export const disruptionBudgetTarget = stackRule({
  id: "availability/disruption-budget-target",
  severity: "low",
  title: "Disruption budgets count pods that exist",
  why: "A budget with a wrong label protects nothing, while everybody believes that it does.",
  standards: { iso27002: ["8.14"], kubeScore: ["poddisruptionbudget-has-policy"], kubeLinter: [] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "counts no pods of this stack",
  remedy: "Correct the selector.",
  select: (stack) => stack.ofKind("policy/PodDisruptionBudget"),
  check: (budget, stack) => {
    const selector = asObject(at(budget.object, "spec", "selector"));
    const { namespace } = budget;
    if (selector !== undefined && selectedIn(namespace, selector, stack).length > 0) return [];
    return stack.workloads(namespace).some((workload) => selects(selector, podLabels(workload))) ||
      madeByOperator(namespace, stringMap(at(selector, "matchLabels")), stack)
      ? []
      : [{}];
  },
});
