import { stackRule } from "../../engine/rule";
import { at, stringMap } from "../../../lib/json";
import { madeByOperator } from "../stack/_selection";
import { budgets } from "./_scale";

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
  check: (budget, stack) =>
    stack.workloads(budget.namespace).some((workload) => budgets(budget, workload)) ||
    madeByOperator(budget.namespace, stringMap(at(budget.object, "spec", "selector", "matchLabels")), stack)
      ? []
      : [{}],
});
