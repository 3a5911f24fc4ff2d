import type { Rule } from "./engine/rule";
import { checkov } from "./external-checks/checkov";
import { datree } from "./external-checks/datree";
import { gatekeeper } from "./external-checks/gatekeeper";
import { kubeaudit } from "./external-checks/kubeaudit";
import { kubeLinter } from "./external-checks/kube-linter";
import { kubeScore } from "./external-checks/kube-score";
import { kubesec } from "./external-checks/kubesec";
import { kubescape } from "./external-checks/kubescape";
import { kyverno } from "./external-checks/kyverno";
import { polaris } from "./external-checks/polaris";
import { trivy } from "./external-checks/trivy";
import type { Tool, ToolChecks } from "./external-checks/types";

export { tools } from "./external-checks/types";
export type { Tool } from "./external-checks/types";

/** What is known of each tool's checks. */
export const toolChecks: Readonly<Record<Tool, ToolChecks>> = {
  checkov,
  datree,
  gatekeeper,
  kubeaudit,
  kubeLinter,
  kubeScore,
  kubesec,
  kubescape,
  kyverno,
  polaris,
  trivy,
};

/** Every check of a tool, by its id. */
export function checksOf(tool: Tool): readonly string[] {
  const { judged, groups } = toolChecks[tool];
  return [...judged, ...groups.flatMap(({ checks }) => checks)];
}

/** The id of a check under any of the names that the tool has for it: "AVD-KSV-0001" and "KSV001" are "KSV-0001". */
export function checkId(tool: Tool, name: string): string {
  const { aliases } = toolChecks[tool];
  if (aliases !== undefined && Object.hasOwn(aliases, name)) return aliases[name] ?? name;
  if (tool === "kubeScore") return name.toLowerCase().replaceAll(" ", "-");
  // Policies stand in folders per subject, each followed by its rules: "pod-security-cel/baseline/disallow-selinux#role".
  if (tool === "kyverno") return (name.split("#")[0] ?? name).split("/").at(-1) ?? name;
  // The kind of a constraint, or the name of its template.
  if (tool === "gatekeeper") return name.toLowerCase().replace(/^k8s(psp)?/, "");
  if (tool === "trivy") return name.replace(/^AVD-/, "").replace(/^(K[SC]V)-?0?(\d{3})$/, "$1-0$2");
  return name;
}

/** What answers a check of another tool. */
export interface Mapping {
  readonly check: string;
  /** Rules that judge the same or, beside a reason, catch the same mistake in another way. */
  readonly rules: readonly string[];
  /** Why there is no rule of the same content. */
  readonly reason?: string;
}

/** The rules that name a check among their standards, under any of its names. */
function rulesNaming(tool: Tool, check: string, rules: readonly Rule[]): readonly string[] {
  return rules
    .filter(({ definition }) => definition.standards[tool]?.some((name) => checkId(tool, name) === check))
    .map(({ id }) => id);
}

/** Each check of a tool with our rules for it, as the rules' own standards say, or the reason why there are none. */
export function mappingOf(tool: Tool, rules: readonly Rule[]): readonly Mapping[] {
  return checksOf(tool).map((check) => {
    const named = rulesNaming(tool, check, rules);
    if (named.length > 0) return { check, rules: named };
    const group = toolChecks[tool].groups.find((each) => each.checks.includes(check));
    return {
      check,
      rules: group?.rules ?? [],
      ...(group?.reason !== undefined && { reason: group.reason }),
    };
  });
}
