import { rule } from "../../engine/rule";

/** Disruption budgets allow some disruption. */
export const disruptionBudgetZero = rule({
  id: "availability/disruption-budget-zero",
  severity: "medium",
  title: "Disruption budgets allow some disruption",
  why: "A node that may never be drained is never patched, or only by force.",
  standards: {
    iso27002: ["8.14", "8.32"],
    kyverno: ["pdb-maxunavailable"],
    gatekeeper: ["poddisruptionbudget"],
    kubeLinter: ["pdb-max-unavailable", "pdb-min-available"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["policy/PodDisruptionBudget"],
  valid: `object.spec.?maxUnavailable.orValue(1) != 0 && object.spec.?maxUnavailable.orValue(1) != "0%" && object.spec.?minAvailable.orValue(0) != "100%"`,
  message: "never lets a pod go, so nodes cannot be drained",
  field: "spec",
  remedy: "Set maxUnavailable to at least 1, or minAvailable below the number of replicas.",
});
