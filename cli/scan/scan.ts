import { contextIn, Engine } from "../../policypack/engine/engine";
import type { NamespaceContext } from "../../policypack/engine/engine";
import { judgeExemptions } from "../../policypack/engine/exemptions";
import type { ExemptionState } from "../../policypack/engine/exemptions";
import type { Finding } from "../../policypack/engine/findings";
import type { Rule, Severity } from "../../policypack/engine/rule";
import { StackIndex } from "../../policypack/engine/stack";
import type { Origin, StackObject } from "../../policypack/engine/stack";
import type { ScanOptions } from "./arguments";
import { baselineOf, readExemptions, writeBaseline } from "./data-file";
import { locate } from "./lines";
import { readInput } from "./read";
import type { Input } from "./read";
import { compareText, sorted, textsOf } from "./report";
import type { Region, ScanFinding, ScanReport, ScanSummary } from "./report";
import { scanSettings, selectRules } from "./select";

/** Scans what the options name. `today` (YYYY-MM-DD) decides which exemptions hold. */
export function scan(options: ScanOptions, catalogue: readonly Rule[], today: string): ScanReport {
  const rules = selectRules(catalogue, options);
  const known = new Set(catalogue.map(({ id }) => id));
  const exemptions = options.exempt === undefined ? [] : readExemptions(options.exempt, known);
  const settings = scanSettings(options, rules, exemptions);
  const keep = options.baseline === undefined ? undefined : baselineOf(options.baseline);
  const input = readInput(options.paths, options.format === "sarif");
  const run = new Run(new Engine(rules, settings, today), input, options);
  const selected = new Set(rules.map(({ id }) => id));
  const exempted = new Set(settings.exemptions.map(({ rule }) => rule));
  run.addExtra(
    judgeExemptions(settings.exemptions, [...run.raw(exempted)], today, known)
      .filter(({ state, exemption }) => state !== "active" && selected.has(exemption.rule))
      .map((state) => exemptionFinding(state, options.exempt ?? "")),
  );
  if (options.writeBaseline !== undefined) writeBaseline(options.writeBaseline, run.findings());
  const isKept =
    options.writeBaseline !== undefined
      ? () =>
          ({ decision }: ScanFinding): boolean =>
            decision === "exempt"
      : (keep ?? (() => () => true));
  const about = { profile: settings.profile, rules: rules.length };
  return {
    findings: () => new Counted(run.findings(), isKept(), input, about),
    regionOf: (finding) => run.regions.get(finding),
    rules: textsOf(rules),
    problems: input.problems,
  };
}

/** The findings in order, and once they are read, what they come down to. Nothing is held but counts. */
class Counted implements Iterable<ScanFinding> {
  readonly #counts = { violated: 0, undecided: 0, exempt: 0 };
  readonly #bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  #left = 0;

  constructor(
    private readonly all: Iterable<ScanFinding>,
    private readonly isKept: (finding: ScanFinding) => boolean,
    private readonly input: Input,
    private readonly about: Pick<ScanSummary, "profile" | "rules">,
  ) {}

  *[Symbol.iterator](): Iterator<ScanFinding> {
    for (const finding of this.all) {
      if (!this.isKept(finding)) {
        this.#left++;
        continue;
      }
      this.#counts[finding.decision]++;
      if (finding.decision === "violated") this.#bySeverity[finding.severity]++;
      yield finding;
    }
  }

  summary(): ScanSummary {
    const { files, objects, otherDocuments, problems } = this.input;
    return {
      ...this.about,
      baseline: this.#left,
      files,
      objects: objects.length,
      otherDocuments,
      ...this.#counts,
      bySeverity: this.#bySeverity,
      problems,
    };
  }
}

/** What stands in one document, or in none. */
interface Place {
  readonly file: string;
  readonly document: number;
  readonly objects: StackObject[];
  readonly extra: ScanFinding[];
}

/** One scan: rules on several objects are judged at once, each object when its findings are asked for. */
class Run {
  /** Lines of the findings of the present document. */
  regions: ReadonlyMap<ScanFinding, Region> = new Map();
  private readonly stack: StackIndex;
  private readonly together = new Map<Origin, Finding[]>();
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly engine: Engine,
    private readonly input: Input,
    private readonly options: Pick<ScanOptions, "podSecurity" | "format">,
  ) {
    this.stack = new StackIndex(input.objects, { unlisted: "owned" });
    for (const object of input.objects) this.place(object.origin.file, object.origin.document).objects.push(object);
    for (const finding of engine.judgeStack(this.stack)) {
      if (!input.sources.has(finding.origin)) this.addExtra([this.shown(finding)]);
      const found = this.together.get(finding.origin);
      if (found === undefined) this.together.set(finding.origin, [finding]);
      else found.push(finding);
    }
  }

  /** Adds findings that are about no object of the input. */
  addExtra(findings: readonly ScanFinding[]): void {
    for (const finding of findings) this.place(finding.file, finding.document).extra.push(finding);
  }

  private place(file = "", document = 0): Place {
    const key = `${document} ${file}`;
    const place = this.places.get(key) ?? { file, document, objects: [], extra: [] };
    this.places.set(key, place);
    return place;
  }

  /** All findings by some of the rules, as the engine gives them. */
  *raw(rules: ReadonlySet<string>): Generator<Finding> {
    if (rules.size === 0) return;
    for (const object of this.stack.objects)
      for (const finding of this.judge(object)) if (rules.has(finding.rule)) yield finding;
    for (const found of this.together.values()) for (const finding of found) if (rules.has(finding.rule)) yield finding;
  }

  /** Every finding, document by document. */
  *findings(): Generator<ScanFinding> {
    const inOrder = [...this.places.values()].sort((a, b) => compareText(a.file, b.file) || a.document - b.document);
    for (const { objects, extra } of inOrder) {
      const single = objects.flatMap((object) => this.judge(object));
      const found = [...single, ...objects.flatMap((object) => this.together.get(object.origin) ?? [])];
      const shown = found.map((finding) => this.shown(finding));
      if (this.options.format === "sarif") this.regions = this.locate(found, shown);
      yield* sorted([...shown, ...extra]);
    }
  }

  // Namespaces that are not in the input count as the program's, of either role: what they are is not known.
  private judge(object: StackObject): Finding[] {
    const context = contextIn(this.stack, object, "any");
    const { podSecurity } = this.options;
    const own: NamespaceContext =
      podSecurity === undefined
        ? context
        : { role: context.role, podSecurityLevel: podSecurity.level, podSecurityVersion: podSecurity.version };
    return this.engine.judge(object, own, this.stack);
  }

  private shown(finding: Finding): ScanFinding {
    const { rule, severity, level, decision, kind, namespace, name, container, path } = finding;
    const { message, remedy, standards, exemption } = finding;
    const source = this.input.sources.get(finding.origin);
    return {
      rule,
      severity,
      level,
      decision,
      file: source?.file ?? "",
      document: source?.document ?? 0,
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

  private locate(found: readonly Finding[], shown: readonly ScanFinding[]): ReadonlyMap<ScanFinding, Region> {
    return locate(
      shown.flatMap((finding, index) => {
        const source = this.input.sources.get(found[index]?.origin ?? {});
        return source === undefined ? [] : [{ finding, source }];
      }),
    );
  }
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
