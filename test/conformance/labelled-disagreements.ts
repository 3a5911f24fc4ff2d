import { checkov } from "./disagreements/checkov";
import { kubeScore } from "./disagreements/kube-score";
import { kyverno } from "./disagreements/kyverno";
import type { Disagreement } from "./disagreements/support";
import type { Label } from "./labelled";

/** Every disagreement with a label that stands, grouped by what makes it right. */
export const labelledDisagreements: readonly Disagreement[] = [
  ...checkov.map((each) => ({ ...each, tool: "checkov" as const })),
  ...kubeScore.map((each) => ({ ...each, tool: "kubeScore" as const })),
  ...kyverno.map((each) => ({ ...each, tool: "kyverno" as const })),
];

/** Whether a disagreement is about a label. */
export function explains(disagreement: Disagreement, label: Label): boolean {
  const { tool, check, expect, where } = disagreement;
  return tool === label.tool && label.checks.includes(check) && expect === label.expect && where(label);
}
