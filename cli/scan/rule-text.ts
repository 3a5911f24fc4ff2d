import { REPOSITORY } from "../../config/version";
import { controlsOf } from "../../policypack/engine/norms/controls";
import { scopeOf } from "../../policypack/engine/rule";
import type { Rule, RuleText, Scope } from "../../policypack/engine/rule";
import { exampleOf } from "./examples";

/** Whose objects a rule judges, in words. */
export const scopes: Readonly<Record<Scope, string>> = {
  suite: "namespaces of the suite",
  operator: "namespaces of operators",
  owned: "every namespace that the platform owns",
  cluster: "the whole cluster",
};

/** What norms say the same, one line each. */
export function standardLines({ id, standards }: Pick<RuleText, "id" | "standards">): readonly string[] {
  const byNorm = new Map<string, readonly string[]>();
  for (const { norm, control } of controlsOf({ id, standards }))
    byNorm.set(norm, [...(byNorm.get(norm) ?? []), control]);
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
    ...[...byNorm].map(([norm, controls]) => `${norm}: ${controls.join(", ")}`),
    ...others.map(([tool, ids]) => (ids === undefined || ids.length === 0 ? undefined : `${tool}: ${ids.join(", ")}`)),
  ];
  return lines.filter((line): line is string => line !== undefined);
}

/** Where a rule has its row: a page per area under docs/, and an anchor in it. */
export function rulePage(id: string): string {
  const [area = "", name = ""] = id.split("/");
  return `rules/${area}.md#${name}`;
}

/** The same for readers elsewhere. */
export const rulePageUrl = (id: string): string => `${REPOSITORY}/blob/main/docs/${rulePage(id)}`;

/** A piece of a rule's text: CEL, YAML or JSON below its heading. */
interface Block {
  readonly heading: string;
  readonly language: "cel" | "json" | "yaml";
  readonly source: string;
}

/** All that there is to say of a rule, in plain text. */
export function ruleText(rule: Rule): string {
  const { id, severity, title, why, remedy, levels } = rule.definition;
  return [
    `${id} (${severity})`,
    `${title}.`,
    "",
    `Why:     ${why}`,
    `Remedy:  ${remedy}`,
    `Judges:  ${scopes[scopeOf(rule.definition)]}`,
    `Decides: ${decision(rule)}`,
    `Levels:  baseline ${levels.baseline}, mijnbureau ${levels.mijnbureau}, strict ${levels.strict}`,
    ...standardLines(rule.definition).map((line, index) => `${index === 0 ? "Norms:   " : "         "}${line}`),
    "",
    ...blocks(rule).flatMap(({ heading, source }) => [`${heading}:`, source.replaceAll(/^(?=.)/gm, "    "), ""]),
  ].join("\n");
}

/** The same as Markdown, below a title of its own. */
export function ruleMarkdown(rule: Rule): string {
  const { why, remedy, levels } = rule.definition;
  return [
    `**Why.** ${why}`,
    `**Remedy.** ${remedy}`,
    `**Judges** ${scopes[scopeOf(rule.definition)]}, ${decision(rule)}`,
    `**Levels.** baseline ${levels.baseline}, mijnbureau ${levels.mijnbureau}, strict ${levels.strict}`,
    standardLines(rule.definition)
      .map((line) => `- ${line}`)
      .join("\n"),
    ...blocks(rule).map(({ heading, language, source }) => `**${heading}**\n\n\`\`\`${language}\n${source}\n\`\`\``),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function decision(rule: Rule): string {
  if (rule.type === "stack") {
    return "on all objects of a stack together, at preview and in a scan; not at admission.";
  }
  const { subject, notAtAdmission, remediate } = rule.definition;
  const where =
    notAtAdmission === undefined
      ? "the same at preview, at admission and in a scan."
      : `at preview and in a scan; not at admission: ${notAtAdmission}`;
  const repair = remediate === undefined ? "" : " Level `remediate` repairs it at preview.";
  return `on each ${subject} by itself, ${where}${repair}`;
}

function blocks(rule: Rule): readonly Block[] {
  const example = (heading: string, side: "bad" | "good"): readonly Block[] => {
    const source = exampleOf(rule.id, side);
    if (source === undefined) return [];
    const part = /^(container|pod):/.exec(source)?.[1];
    return [{ heading: part === undefined ? heading : `${heading}, in any workload`, language: "yaml", source }];
  };
  return [...expressions(rule), ...parameters(rule), ...example("Refused", "bad"), ...example("Allowed", "good")];
}

function expressions(rule: Rule): readonly Block[] {
  if (rule.type === "stack") return [];
  const { when, valid, versions } = rule.definition;
  const block = (heading: string, source: string | undefined): readonly Block[] =>
    source === undefined ? [] : [{ heading, language: "cel", source }];
  return [
    ...block("Applies where (CEL)", when),
    ...block("Met where (CEL)", valid),
    ...(versions ?? []).flatMap((each) => block(`Met where (CEL), Pod Security ${each.since} and later`, each.valid)),
  ];
}

function parameters({ definition }: Rule): readonly Block[] {
  const defaults = definition.parameters?.safeParse({});
  return defaults?.success === true
    ? [{ heading: "Parameters", language: "json", source: JSON.stringify(defaults.data, null, 2) }]
    : [];
}
