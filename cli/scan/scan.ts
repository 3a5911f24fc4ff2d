import { contextIn, Engine } from "../../policypack/engine/engine";
import type { NamespaceContext } from "../../policypack/engine/engine";
import { judgeExemptions } from "../../policypack/engine/exemptions";
import type { ExemptionState } from "../../policypack/engine/exemptions";
import type { Finding } from "../../policypack/engine/findings";
import type { Rule, Severity } from "../../policypack/engine/rule";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import type { ScanOptions } from "./arguments";
import { beyondBaseline, readExemptions, writeBaseline } from "./data-file";
import { locate } from "./lines";
import { readInput } from "./read";
import type { Input, Source } from "./read";
import { sorted, textsOf } from "./report";
import type { Region, ScanFinding, ScanReport, ScanSummary } from "./report";
import { scanSettings, selectRules } from "./select";

/** Scans what the options name. `today` (YYYY-MM-DD) decides which exemptions hold. */
export function scan(options: ScanOptions, catalogue: readonly Rule[], today: string): ScanReport {
  const rules = selectRules(catalogue, options);
  const known = new Set(catalogue.map(({ id }) => id));
  const exemptions = options.exempt === undefined ? [] : readExemptions(options.exempt, known);
  const settings = scanSettings(options, rules, exemptions);
  const input = readInput(options.paths, options.format === "sarif");
  const engine = new Engine(rules, settings, today);
  const stack = new StackIndex(input.objects);
  const raw = judge(engine, stack, options);
  const selected = new Set(rules.map(({ id }) => id));
  const states = judgeExemptions(settings.exemptions, raw, today, known).filter(
    ({ state, exemption }) => state !== "active" && selected.has(exemption.rule),
  );
  const exempted = states.map((state) => exemptionFinding(state, options.exempt ?? ""));
  const all = [...raw.map((finding) => scanFinding(finding, input.sources)), ...exempted];
  if (options.writeBaseline !== undefined) writeBaseline(options.writeBaseline, all);
  const fresh = options.baseline === undefined ? all : beyondBaseline(options.baseline, all);
  const kept = options.writeBaseline === undefined ? fresh : fresh.filter(({ decision }) => decision === "exempt");
  const findings = sorted(kept);
  const active = engine.settings.profile;
  const summary = summaryOf(findings, input, {
    profile: active,
    rules: rules.length,
    baseline: all.length - kept.length,
  });
  const regions = options.format === "sarif" ? regionsOf(raw, all, input) : new Map<ScanFinding, Region>();
  return { findings, summary, rules: textsOf(rules), regions };
}

// Namespaces that are not in the input count as the program's, of either role: what they are is not known.
function judge(engine: Engine, stack: StackIndex, { podSecurity }: ScanOptions): Finding[] {
  if (podSecurity === undefined) return engine.judgeAll(stack, "any");
  const context = (object: StackObject): NamespaceContext => ({
    role: contextIn(stack, object, "any").role,
    podSecurityLevel: podSecurity.level,
    podSecurityVersion: podSecurity.version,
  });
  return [...stack.objects.flatMap((object) => engine.judge(object, context(object))), ...engine.judgeStack(stack)];
}

function scanFinding(finding: Finding, sources: Input["sources"]): ScanFinding {
  const { rule, severity, level, decision, kind, namespace, name, container, path } = finding;
  const { message, remedy, standards, exemption } = finding;
  const source: Pick<Source, "file" | "document"> = sources.get(finding.origin) ?? { file: "", document: 0 };
  return {
    rule,
    severity,
    level,
    decision,
    file: source.file,
    document: source.document,
    kind,
    namespace,
    name,
    ...(container !== undefined && { container }),
    path,
    message,
    remedy,
    standards,
    ...(exemption !== undefined && {
      exemption: { reason: exemption.reason, owner: exemption.owner, expires: exemption.expires },
    }),
  };
}

function exemptionFinding({ exemption, message }: ExemptionState, file: string): ScanFinding {
  return {
    rule: "engine/exemptions",
    severity: "medium",
    level: "advisory",
    decision: "violated",
    file,
    document: 0,
    kind: "Exemption",
    namespace: exemption.target.namespace ?? "",
    name: exemption.rule,
    path: "",
    message: `The ${message}.`,
    remedy: "Keep exemptions as few and as narrow as what they are for.",
    standards: {},
  };
}

function summaryOf(
  findings: readonly ScanFinding[],
  input: Input,
  run: Pick<ScanSummary, "profile" | "rules" | "baseline">,
): ScanSummary {
  const count = (decision: ScanFinding["decision"]): number =>
    findings.reduce((sum, finding) => (finding.decision === decision ? sum + 1 : sum), 0);
  const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const finding of findings) if (finding.decision === "violated") bySeverity[finding.severity]++;
  return {
    ...run,
    files: input.files,
    objects: input.objects.length,
    otherDocuments: input.otherDocuments,
    violated: count("violated"),
    undecided: count("undecided"),
    exempt: count("exempt"),
    bySeverity,
    problems: input.problems,
  };
}

function regionsOf(raw: readonly Finding[], all: readonly ScanFinding[], input: Input): Map<ScanFinding, Region> {
  const places = raw.flatMap((finding, index) => {
    const source = input.sources.get(finding.origin);
    const shown = all[index];
    return source === undefined || shown === undefined ? [] : [{ finding: shown, source }];
  });
  return locate(places);
}
