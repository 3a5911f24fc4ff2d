import { stackRule } from "../../engine/rule";
import { at } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { budgetedBy } from "../stack/_selection";
import { replicasOf, scaled } from "./_scale";

/** How many of a workload's pods the budget lets go at its smallest size; undefined where it says nothing. */
function allowed(budget: StackObject, total: number): number | undefined {
  const unavailable = scaled(at(budget.object, "spec", "maxUnavailable"), total);
  if (unavailable !== undefined) return unavailable;
  const available = scaled(at(budget.object, "spec", "minAvailable"), total);
  return available === undefined ? undefined : total - available;
}

/** All pods that the budget counts, at the smallest size of their workloads. */
function counted(budget: StackObject, stack: StackIndex): number {
  return budgetedBy(budget, stack).reduce((sum, workload) => sum + replicasOf(stack, workload).least, 0);
}

/** Disruption budgets leave room to drain a node. */
export const disruptionBudgetFits = stackRule({
  id: "availability/disruption-budget-fits",
  severity: "medium",
  title: "Disruption budgets leave room to drain a node",
  why: "A budget that needs every pod blocks the drain of their nodes for ever: upgrades and patches stop.",
  standards: {
    iso27002: ["8.14", "8.32"],
    polaris: ["pdbMinAvailableGreaterThanHPAMinReplicas"],
    gatekeeper: ["poddisruptionbudget"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  message: "lets no pod go, so nodes cannot be drained",
  remedy: "Add replicas, or set maxUnavailable: 1 instead of minAvailable.",
  select: (stack) => stack.ofKind("policy/PodDisruptionBudget"),
  check: (budget, stack) => {
    const total = counted(budget, stack);
    return total > 0 && (allowed(budget, total) ?? 1) < 1 ? [{}] : [];
  },
});
