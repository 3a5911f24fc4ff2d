import type { Rule, RuleText } from "../../policypack/engine/rule";
import { UsageError } from "./arguments";

/** What norms say the same, one line each. */
export function standardLines({ standards }: RuleText): readonly string[] {
  const { pss, cis, nsa, bio } = standards;
  const others: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["Checkov", standards.checkov],
    ["Trivy", standards.trivy],
    ["Kyverno policies", standards.kyverno],
    ["Kubescape", standards.kubescape],
    ["kube-score", standards.kubeScore],
    ["kube-linter", standards.kubeLinter],
    ["Polaris", standards.polaris],
    ["Gatekeeper library", standards.gatekeeper],
    ["MijnBureau", standards.mijnbureau],
  ];
  const lines = [
    pss === undefined ? undefined : `Pod Security Standard: ${pss}`,
    cis === undefined ? undefined : `CIS Kubernetes Benchmark 1.12: ${cis.join(", ")}`,
    nsa === true ? "NSA/CISA Kubernetes Hardening Guidance" : undefined,
    bio === undefined ? undefined : `BIO2 (ISO/IEC 27002:2022): ${bio.join(", ")}`,
    ...others.map(([tool, ids]) => (ids === undefined || ids.length === 0 ? undefined : `${tool}: ${ids.join(", ")}`)),
  ];
  return lines.filter((line): line is string => line !== undefined);
}

/** A rule in words. Throws UsageError where there is none of this id. */
export function explain(rules: readonly Rule[], id: string): string {
  const rule = rules.find((each) => each.id === id);
  if (rule === undefined) {
    const name = id.split("/").at(-1) ?? id;
    const near = rules.filter((each) => each.id.includes(name)).map((each) => each.id);
    const hint = near.length === 0 ? "see docs/rules for the ids" : `did you mean ${near.slice(0, 5).join(", ")}?`;
    throw new UsageError(`--explain ${id}: there is no such rule; ${hint}`);
  }
  const { definition } = rule;
  const { baseline, mijnbureau, strict } = definition.levels;
  return [
    `${definition.id} (${definition.severity})`,
    `${definition.title}.`,
    "",
    `Why:     ${definition.why}`,
    `Remedy:  ${definition.remedy}`,
    `Levels:  baseline ${baseline}, mijnbureau ${mijnbureau}, strict ${strict}`,
    ...standardLines(definition).map((line, index) => `${index === 0 ? "Norms:   " : "         "}${line}`),
    "",
  ].join("\n");
}
