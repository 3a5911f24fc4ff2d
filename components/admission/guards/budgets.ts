import { objectChanged, whenChanged } from "../changed";
import { whoWrites, written, type Guard, type GuardFacts } from "./guard";

const field = (name: string): string => `dyn(object).?spec.?${name}`;
const percent = (value: string): string => `int(${value}.replace('%', ''))`;

/**
 * How many pods a budget is for is not to be seen in it, so what it may ask for is bounded: one pod must always be free
 * to go, or half of them. CloudNativePG's operator writes budgets that fit its own clusters.
 */
export const drainableBudgets = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-budgets",
  role: "suite",
  resources: [written("policy", "poddisruptionbudgets")],
  matchConditions: [whenChanged(objectChanged)],
  variables: whoWrites(deployerGroups),
  validations: [
    {
      expression:
        `!variables.bound || !${field("minAvailable")}.hasValue() || (type(dyn(object).spec.minAvailable) == string ? ` +
        `${percent("dyn(object).spec.minAvailable")} <= 50 : int(dyn(object).spec.minAvailable) <= 1)`,
      message: "spec.minAvailable keeps so many pods that nodes cannot be drained. Use maxUnavailable: 1.",
    },
    {
      expression:
        `!variables.bound || !${field("maxUnavailable")}.hasValue() || (type(dyn(object).spec.maxUnavailable) == string ? ` +
        `${percent("dyn(object).spec.maxUnavailable")} > 0 : int(dyn(object).spec.maxUnavailable) > 0)`,
      message: "spec.maxUnavailable 0 lets no pod go, so nodes cannot be drained. Use maxUnavailable: 1.",
    },
  ],
});
