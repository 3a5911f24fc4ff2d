import type { PolicySettings } from "../../config/policies";
import { splitKind } from "../../lib/kinds";
import { coverageOf } from "../../policypack/engine/coverage";
import { contextIn, Engine } from "../../policypack/engine/engine";
import type { NamespaceContext } from "../../policypack/engine/engine";
import { judgeExemptions } from "../../policypack/engine/exemptions";
import type { ExemptionState } from "../../policypack/engine/exemptions";
import type { Finding } from "../../policypack/engine/findings";
import type { Rule, Severity } from "../../policypack/engine/rule";
import { StackIndex } from "../../policypack/engine/stack";
import type { Origin, StackObject } from "../../policypack/engine/stack";
import type { ScanOptions } from "./arguments";
import { Baseline, writeBaseline } from "./baseline";
import { readExemptions } from "./data-file";
import { locate } from "./lines";
import { readInput } from "./read";
import type { Input } from "./read";
import { compareText, sorted } from "./report";
import type { Note, Region, ScanFinding, ScanReport, ScanSummary } from "./report";
import { scanSettings, selectRules } from "./select";
import { readSettings } from "./stack-file";

/** Scans what the options name. `today` (YYYY-MM-DD) decides which exemptions hold. */
export function scan(options: ScanOptions, catalogue: readonly Rule[], today: string): ScanReport {
  const rules = selectRules(catalogue, options);
  const known = catalogue.map(({ id }) => id);
  const settings = scanSettings(options, rules, givenSettings(options, known));
  const baseline = options.baseline === undefined ? undefined : new Baseline(options.baseline);
  const { namespace } = options;
  const input = readInput(options.paths, {
    keepText: options.format === "sarif",
    ...(namespace !== undefined && { namespace }),
  });
  const run = new Run(new Engine(rules, settings, today), input, options);
  const selected = new Set(rules.map(({ id }) => id));
  const exempted = new Set(settings.exemptions.map(({ rule }) => rule));
  run.addExtra(
    judgeExemptions(settings.exemptions, [...run.raw(exempted)], today, new Set(known))
      .filter(({ state, exemption }) => state !== "active" && selected.has(exemption.rule))
      .map((state) => exemptionFinding(state, options.exempt ?? options.stack ?? "")),
  );
  if (options.writeBaseline !== undefined) writeBaseline("write-baseline", options.writeBaseline, run.findings());
  if (options.pruneBaseline && baseline !== undefined && options.baseline !== undefined) {
    const pass = baseline.pass(run.isAlone);
    const found = [...run.findings()].filter((finding) => pass.lists(finding));
    writeBaseline("baseline", options.baseline, found);
  }
  const judged = run.judged();
  const nothingJudged = judged === 0 && !options.allowEmpty;
  const about = { profile: settings.profile, rules: rules.length, judged };
  const notes = [...(judged === 0 ? [nothing(input)] : []), ...patchNotes(input), ...run.uncovered(catalogue)];
  return {
    findings: () => {
      const pass = baseline?.pass(run.isAlone);
      const isKept = (finding: ScanFinding): boolean =>
        options.writeBaseline === undefined ? pass?.lists(finding) !== true : finding.decision === "exempt";
      const staleNotes = (): readonly Note[] => (options.pruneBaseline ? [] : stale(pass?.stale() ?? [], options));
      return new Counted(run.findings(), isKept, input, { ...about, notes: () => [...notes, ...staleNotes()] });
    },
    regionOf: (finding) => run.regions.get(finding),
    rules,
    problems: input.problems,
    nothingJudged,
  };
}

/** What a stack, or a file of exemptions, sets. */
function givenSettings(options: ScanOptions, known: readonly string[]): Partial<PolicySettings> {
  const stack = options.stack === undefined ? undefined : readSettings("stack", options.stack);
  if (options.exempt === undefined) return stack ?? {};
  const { exemptions, rules } = readExemptions(options.exempt, known);
  return {
    ...stack,
    exemptions: [...(stack?.exemptions ?? []), ...exemptions],
    rules: { ...rules, ...stack?.rules },
  };
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function nothing({ objects, otherDocuments, files }: Input): Note {
  const read =
    objects.length > 0 ? `no rule in force looks at the ${plural(objects.length, "object")}` : "no Kubernetes object";
  const others = otherDocuments > 0 ? `; ${plural(otherDocuments, "document")} without a kind left alone` : "";
  return {
    id: "engine/not-evaluated",
    message: `Nothing was judged: ${read} in ${plural(files, "file")}${others}. Name rendered manifests, or say --allow-empty.`,
  };
}

function patchNotes({ patches }: Input): readonly Note[] {
  const [first] = patches;
  if (first === undefined) return [];
  const message = `${plural(patches.length, "patch")} of kustomize left alone (${patches.slice(0, 3).join(", ")}${patches.length > 3 ? ", …" : ""}): build first (kustomize build) and scan the result.`;
  return [{ id: "engine/patches", message: message.replace("patchs", "patches"), file: first }];
}

function stale(entries: readonly string[], { baseline = "" }: ScanOptions): readonly Note[] {
  if (entries.length === 0) return [];
  const listed = entries.slice(0, 5).join("; ") + (entries.length > 5 ? "; …" : "");
  const count =
    entries.length === 1
      ? "1 entry of the baseline no longer occurs"
      : `${entries.length} entries of the baseline no longer occur`;
  return [
    {
      id: "engine/baseline",
      message: `${count} (${listed}): take out what was repaired with --prune-baseline.`,
      file: baseline,
    },
  ];
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
    private readonly about: Pick<ScanSummary, "profile" | "rules" | "judged"> & {
      readonly notes: () => readonly Note[];
    },
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
      notes: this.about.notes(),
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
  private readonly names = new Map<string, number>();

  constructor(
    private readonly engine: Engine,
    private readonly input: Input,
    private readonly options: Pick<ScanOptions, "podSecurity" | "format">,
  ) {
    this.stack = new StackIndex(input.objects, { unlisted: "owned" });
    for (const object of input.objects) this.place(object.origin.file, object.origin.document).objects.push(object);
    for (const { kind, shown } of input.objects) {
      const name = [splitKind(kind).kind, shown.namespace, shown.name].join(" ");
      this.names.set(name, (this.names.get(name) ?? 0) + 1);
    }
    for (const finding of engine.judgeStack(this.stack)) {
      if (!input.sources.has(finding.origin)) this.addExtra([this.shown(finding)]);
      const found = this.together.get(finding.origin);
      if (found === undefined) this.together.set(finding.origin, [finding]);
      else found.push(finding);
    }
  }

  /** Whether no other object of the input has the kind and name of the finding's. */
  readonly isAlone = ({ kind, namespace, name }: ScanFinding): boolean =>
    (this.names.get([kind, namespace, name].join(" ")) ?? 0) <= 1;

  /** How many objects a rule in force looked at. */
  judged(): number {
    const byStack = this.engine.hasStackRules;
    const unknown = new Set(byStack ? coverageOf(this.stack, []).map(({ kind, gap }) => `${gap} ${kind}`) : []);
    return this.stack.objects.filter(
      (object) => this.engine.judges(object) || (byStack && !unknown.has(`no rule ${object.kind}`)),
    ).length;
  }

  /** What was not judged, or not in full. */
  uncovered(catalogue: readonly Rule[]): readonly Note[] {
    return coverageOf(this.stack, catalogue).map(({ message, first }) => ({
      id: "engine/not-evaluated",
      message,
      ...(first.origin.file !== undefined && { file: first.origin.file }),
    }));
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
    const { message, remedy, standards, exemption, values } = finding;
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
      values,
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
    values: () => [],
  };
}
