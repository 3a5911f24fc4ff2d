import type { Policies, ReportViolation, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { configSchema } from "./config-schema";
import { coverageOf } from "./coverage";
import { Engine } from "./engine";
import { judgeExemptions } from "./exemptions";
import type { Finding } from "./findings";
import { asObject } from "../../lib/json";
import { contextIn, contextOf, contextOfAll } from "./namespace";
import type { NamespaceContext } from "./namespace";
import { targetOf } from "./preview";
import { remediate } from "./remediate";
import { resourceObjects } from "./resources";
import type { Rule, Severity } from "./rule";
import type { PolicySettings } from "../../config/policies";
import { append, StackIndex } from "./stack";
import type { StackObject, StackResource } from "./stack";

/** One violation as the SDK reports it. */
export interface Violation {
  /** Shown as the policy's name: the rule's id. */
  readonly name: string;
  readonly message: string;
  readonly enforcementLevel: "advisory" | "mandatory";
  readonly severity: Severity;
  readonly urn?: string;
}

/** The level at which a finding is reported; undefined where it is not. */
function reportedLevel(finding: Finding, settings: PolicySettings): Violation["enforcementLevel"] | undefined {
  if (finding.decision === "exempt") return undefined;
  if (finding.level === "advisory") return "advisory";
  return finding.decision === "undecided" && settings.onUndecided === "warn" ? "advisory" : "mandatory";
}

/** The findings on one resource as violations; those that are undecided are taken together, per level. */
function violationsOf(findings: readonly Finding[], settings: PolicySettings, urn?: string): Violation[] {
  const from = urn === undefined ? {} : { urn };
  const violated = findings.flatMap((finding): Violation[] => {
    const level = finding.decision === "violated" ? reportedLevel(finding, settings) : undefined;
    if (level === undefined) return [];
    const message = `${finding.title}. ${finding.message} ${finding.remedy}`;
    return [{ name: finding.rule, message, enforcementLevel: level, severity: finding.severity, ...from }];
  });
  const undecided = (["mandatory", "advisory"] as const).flatMap((level): Violation[] => {
    const open = findings.filter((each) => each.decision === "undecided" && reportedLevel(each, settings) === level);
    const [first] = open;
    if (first === undefined) return [];
    const ids = [...new Set(open.map((each) => each.rule))].join(", ");
    const object = `${first.kind} ${first.namespace === "" ? "" : `${first.namespace}/`}${first.name}`;
    const message = `${object} cannot be judged before deployment by ${ids}: what they ask is only known afterwards. Admission decides.`;
    return [{ name: "engine/undecided", message, enforcementLevel: level, severity: "medium", ...from }];
  });
  return [...violated, ...undecided];
}

const HELM_RELEASE = "kubernetes:helm.sh/v3:Release";
const PARENTS_OF_OBJECTS =
  /^kubernetes:(helm\.sh\/v[34]:Chart|yaml(\/v2)?:Config(Group|File)|kustomize(\/v2)?:Directory)$/;
const DEFINITIONS = /^kubernetes:apiextensions\.k8s\.io\//;

/** Whether resources of this type may hold an object that rules look at. */
export function isJudged(type: string): boolean {
  return type.startsWith("kubernetes:") && !DEFINITIONS.test(type);
}

function notEvaluated(what: string, remedy: string, settings: PolicySettings, urn: string): Violation {
  return {
    name: "engine/not-evaluated",
    message: `${what} was not evaluated. ${remedy}`,
    enforcementLevel: settings.onUndecided === "fail" ? "mandatory" : "advisory",
    severity: "high",
    urn,
  };
}

/** The SDK's runtime takes a violation as an object (server.js, makeReportViolationFun); its typings only know text. */
function report(reportViolation: ReportViolation, violations: readonly Violation[]): void {
  for (const violation of violations) Reflect.apply(reportViolation, undefined, [violation]);
}

/** What was found on the objects of a resource, and what their namespaces were known to say then. */
interface Judged {
  readonly findings: readonly Finding[];
  readonly contexts: readonly NamespaceContext[];
  /** Whether something was found that other objects may meet. */
  readonly isOpen: boolean;
}

/** What a run knows beyond the single resource. Lives as long as the pack's process: one preview or one update. */
interface RunState {
  /** The Namespace objects of each name that were seen, and the patches of it. */
  readonly namespaces: Map<string, StackObject[]>;
  readonly judged: Map<string, Judged>;
}

/** Runs the engine for the Pulumi engine: each resource once, then the stack once. */
export class Pack {
  private readonly state: RunState = { namespaces: new Map(), judged: new Map() };
  private engine: Engine | undefined;

  /** `settings` gets what `--policy-pack-config` holds. */
  constructor(
    private readonly rules: readonly Rule[],
    private readonly settings: (packConfig: object) => PolicySettings,
    private readonly today: string,
  ) {}

  private engineFor(args: Pick<ResourceValidationArgs, "getConfig">): Engine {
    return (this.engine ??= new Engine(this.rules, this.settings(args.getConfig()), this.today));
  }

  /** Judges one resource on its inputs. */
  validateResource(args: ResourceValidationArgs, reportViolation: ReportViolation): void {
    if (!isJudged(args.type)) return;
    const engine = this.engineFor(args);
    if (args.type === HELM_RELEASE) {
      const remedy = "Use kubernetes.helm.v4.Chart, whose objects are seen one by one.";
      report(reportViolation, [notEvaluated(`Helm release ${args.name}`, remedy, engine.settings, args.urn)]);
      return;
    }
    const objects = resourceObjects(args);
    for (const object of objects)
      if (object.kind === "Namespace") append(this.state.namespaces, object.shown.name, object);
    const contexts = objects.map((object) => this.contextOf(object));
    const all = objects.flatMap((object, index) => judgeOne(engine, object, contexts[index] ?? { role: "other" }));
    // What other resources may still meet is reported once all of them were seen.
    const findings = all.filter((finding) => !engine.rulesMetByOthers.has(finding.rule));
    const isOpen = findings.length < all.length;
    if (objects.length > 0) this.state.judged.set(args.urn, { findings, contexts, isOpen });
    report(reportViolation, violationsOf(findings, engine.settings));
  }

  // Until its Namespace is seen an object counts as the program's, but not yet as the suite's or an operator's.
  private contextOf(object: StackObject): NamespaceContext {
    if (object.kind === "Namespace") return object.isPart ? { role: "other" } : contextOf(object);
    if (object.shown.namespace === "") return { role: "any" };
    return contextOfAll(this.state.namespaces.get(object.shown.namespace) ?? [], "other");
  }

  /** Judges the stack as a whole, and what could not be judged resource by resource. */
  validateStack(args: StackValidationArgs, reportViolation: ReportViolation): void {
    const engine = this.engineFor(args);
    const objects: StackObject[] = [];
    const resources: StackResource[] = [];
    for (const resource of args.resources) {
      if (isJudged(resource.type)) objects.push(...resourceObjects(resource));
      const parent = resource.parent === undefined ? {} : { parent: resource.parent.urn };
      resources.push({ type: resource.type, name: resource.name, urn: resource.urn, ...parent });
    }
    const stack = new StackIndex(objects, { resources });
    const { settings } = engine;
    const together = engine.judgeStack(stack).filter(isAboutWhole(objects));
    for (const finding of [...together, ...this.lateFindings(engine, stack)]) {
      report(reportViolation, violationsOf([finding], settings, finding.origin.urn));
    }
    report(reportViolation, emptyComponents(resources, settings));
    report(reportViolation, notJudged(stack, this.rules));
    report(reportViolation, this.exemptionViolations(engine, stack, together));
  }

  /** What is found once every Namespace was seen, beyond what was reported before. */
  private lateFindings(engine: Engine, stack: StackIndex): readonly Finding[] {
    return [...byUrn(stack.objects)].flatMap(([urn, objects]) => {
      const before = this.state.judged.get(urn);
      if (before === undefined) return [];
      const contexts = objects.map((object) => contextIn(stack, object, "other"));
      if (!before.isOpen && JSON.stringify(contexts) === JSON.stringify(before.contexts)) return [];
      const findings = objects.flatMap((object, index) =>
        judgeOne(engine, object, contexts[index] ?? { role: "other" }, stack),
      );
      this.state.judged.set(urn, { findings, contexts, isOpen: false });
      const reported = new Set(before.findings.map(keyOfFinding));
      return findings.filter((finding) => !reported.has(keyOfFinding(finding)));
    });
  }

  private exemptionViolations(engine: Engine, stack: StackIndex, together: readonly Finding[]): readonly Violation[] {
    const { exemptions } = engine.settings;
    if (exemptions.length === 0) return [];
    const ids = new Set(this.rules.map((rule) => rule.id));
    // An object that is not part of this run (--target) was not judged yet.
    const single = [...byUrn(stack.objects)].flatMap(
      ([urn, objects]) =>
        this.state.judged.get(urn)?.findings ??
        objects.flatMap((object) => judgeOne(engine, object, contextIn(stack, object, "other"), stack)),
    );
    const states = judgeExemptions(exemptions, [...single, ...together], this.today, ids);
    return states.flatMap(({ state, message }): Violation[] =>
      state === "active"
        ? []
        : [{ name: "engine/exemptions", message: `The ${message}.`, enforcementLevel: "advisory", severity: "medium" }],
    );
  }

  /** The resource's inputs with the rules of level `remediate` applied; undefined where nothing changes. */
  remediateResource(args: ResourceValidationArgs): Record<string, unknown> | undefined {
    if (!isJudged(args.type)) return undefined;
    const engine = this.engineFor(args);
    const raw = asObject(targetOf(args.props));
    const [object, ...others] = resourceObjects(args);
    // A patch sets what it is to set, and a list holds objects that are looked at one by one.
    if (raw === undefined || object === undefined || object.isPart || others.length > 0) return undefined;
    const repaired = remediate(engine, raw, this.contextOf(object));
    return repaired === raw ? undefined : { ...repaired };
  }
}

/** A part is judged by what it sets; what it leaves out is told once for all. */
function judgeOne(
  engine: Engine,
  object: StackObject,
  context: NamespaceContext,
  stack?: StackIndex,
): readonly Finding[] {
  const findings = engine.judge(object, context, stack);
  return object.isPart ? findings.filter(({ decision }) => decision !== "undecided") : findings;
}

function isAboutWhole(objects: readonly StackObject[]): (finding: Finding) => boolean {
  const parts = new Set(objects.flatMap(({ isPart, origin }) => (isPart ? [origin] : [])));
  return ({ decision, origin }) => decision !== "undecided" || !parts.has(origin);
}

function byUrn(objects: readonly StackObject[]): ReadonlyMap<string, readonly StackObject[]> {
  const found = new Map<string, StackObject[]>();
  for (const object of objects) append(found, object.origin.urn ?? "", object);
  return found;
}

const keyOfFinding = ({ rule, kind, namespace, name, path }: Finding): string =>
  [rule, kind, namespace, name, path].join(" ");

/** What nobody judged: kinds without a rule, and what operators and patches leave open, told once for each kind. */
function notJudged(stack: StackIndex, rules: readonly Rule[]): readonly Violation[] {
  return coverageOf(stack, rules).map(({ message, first }) => ({
    name: "engine/not-evaluated",
    message,
    enforcementLevel: "advisory",
    severity: "low",
    ...(first.origin.urn !== undefined && { urn: first.origin.urn }),
  }));
}

function emptyComponents(resources: readonly StackResource[], settings: PolicySettings): readonly Violation[] {
  const parents = new Set(resources.map((resource) => resource.parent));
  const remedy =
    "Its objects are not in this stack, which happens on a first preview; preview again once its inputs are known.";
  return resources
    .filter((resource) => PARENTS_OF_OBJECTS.test(resource.type) && !parents.has(resource.urn))
    .map((resource) =>
      notEvaluated(`${resource.type.split(":").at(-1) ?? ""} ${resource.name}`, remedy, settings, resource.urn),
    );
}

/** The policies of the pack: few, because the SDK reads a resource anew for each. */
export function policiesOf(pack: Pack, withRemediation: boolean): Policies {
  const schema = configSchema();
  const policies: Policies = [
    {
      name: "kubernetes-objects",
      description: "Kubernetes objects meet the rules of the stack's profile.",
      enforcementLevel: "mandatory",
      configSchema: schema,
      validateResource: (args, reportViolation) => pack.validateResource(args, reportViolation),
    },
    {
      name: "kubernetes-stack",
      description: "The objects of the stack together meet the rules of its profile.",
      enforcementLevel: "mandatory",
      configSchema: schema,
      validateStack: (args, reportViolation) => pack.validateStack(args, reportViolation),
    },
  ];
  if (!withRemediation) return policies;
  return [
    {
      name: "kubernetes-repairs",
      description: "Objects are repaired where the stack sets a rule to remediate.",
      enforcementLevel: "remediate",
      configSchema: schema,
      remediateResource: (args) => pack.remediateResource(args),
    },
    ...policies,
  ];
}
