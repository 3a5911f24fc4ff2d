import type { Policies, ReportViolation, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { contextIn, contextOf, Engine, readObject } from "./engine";
import type { NamespaceContext } from "./engine";
import { judgeExemptions } from "./exemptions";
import type { Finding } from "./findings";
import { asObject, asString } from "../../lib/json";
import { isUnknownValue, targetOf } from "./preview";
import { remediate } from "./remediate";
import type { Rule, Severity } from "./rule";
import type { PolicySettings } from "../../config/policies";
import { StackIndex } from "./stack";
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
export function reportedLevel(finding: Finding, settings: PolicySettings): Violation["enforcementLevel"] | undefined {
  if (finding.decision === "exempt") return undefined;
  if (finding.level === "advisory") return "advisory";
  return finding.decision === "undecided" && settings.onUndecided === "warn" ? "advisory" : "mandatory";
}

/** The findings on one resource as violations; those that are undecided are taken together, per level. */
export function violationsOf(findings: readonly Finding[], settings: PolicySettings, urn?: string): Violation[] {
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

/** What a run knows beyond the single resource. Lives as long as the pack's process: one preview or one update. */
interface RunState {
  readonly namespaces: Map<string, NamespaceContext>;
  /** What was found on each object. */
  readonly judged: Map<string, readonly Finding[]>;
  /** Objects judged before their Namespace was seen, or with findings that others may meet. */
  readonly early: Set<string>;
}

/** Runs the engine for the Pulumi engine: each resource once, then the stack once. */
export class Pack {
  private readonly state: RunState = { namespaces: new Map(), judged: new Map(), early: new Set() };
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
    const object = resourceObject(args);
    if (object === undefined) return;
    if (object.kind === "Namespace") this.state.namespaces.set(object.shown.name, contextOf(object));
    const all = engine.judge(object, this.contextOf(object, args.urn));
    const findings = all.filter((finding) => !engine.rulesMetByOthers.has(finding.rule));
    // What other resources may still meet is reported once all of them were seen.
    if (findings.length < all.length) this.state.early.add(args.urn);
    this.state.judged.set(args.urn, findings);
    report(reportViolation, violationsOf(findings, engine.settings));
  }

  // Until its Namespace is seen an object counts as the program's, but not yet as the suite's or an operator's.
  private contextOf(object: StackObject, urn: string): NamespaceContext {
    if (object.kind === "Namespace") return contextOf(object);
    if (object.shown.namespace === "") return { role: "any" };
    const known = this.state.namespaces.get(object.shown.namespace);
    if (known === undefined) this.state.early.add(urn);
    return known ?? { role: "other" };
  }

  /** Judges the stack as a whole, and what could not be judged resource by resource. */
  validateStack(args: StackValidationArgs, reportViolation: ReportViolation): void {
    const engine = this.engineFor(args);
    const objects: StackObject[] = [];
    const resources: StackResource[] = [];
    for (const resource of args.resources) {
      const object = isJudged(resource.type) ? resourceObject(resource) : undefined;
      if (object !== undefined) objects.push(object);
      const parent = resource.parent === undefined ? {} : { parent: resource.parent.urn };
      resources.push({ type: resource.type, name: resource.name, urn: resource.urn, ...parent });
    }
    const stack = new StackIndex(objects, { resources });
    const { settings } = engine;
    const together = engine.judgeStack(stack);
    for (const finding of [...together, ...this.lateFindings(engine, stack)]) {
      report(reportViolation, violationsOf([finding], settings, finding.origin.urn));
    }
    report(reportViolation, emptyComponents(resources, settings));
    report(reportViolation, this.exemptionViolations(engine, stack, together));
  }

  private lateFindings(engine: Engine, stack: StackIndex): readonly Finding[] {
    return stack.objects.flatMap((object) => {
      const urn = object.origin.urn ?? "";
      if (!this.state.early.has(urn)) return [];
      const reported = new Set(this.state.judged.get(urn)?.map((finding) => `${finding.rule} ${finding.path}`));
      const now = engine.judge(object, contextIn(stack, object, "other"), stack);
      this.state.judged.set(urn, now);
      return now.filter((finding) => !reported.has(`${finding.rule} ${finding.path}`));
    });
  }

  private exemptionViolations(engine: Engine, stack: StackIndex, together: readonly Finding[]): readonly Violation[] {
    const { exemptions } = engine.settings;
    if (exemptions.length === 0) return [];
    const ids = new Set(this.rules.map((rule) => rule.id));
    // An object that is not part of this run (--target) was not judged yet.
    const single = stack.objects.flatMap(
      (object) =>
        this.state.judged.get(object.origin.urn ?? "") ??
        engine.judge(object, contextIn(stack, object, "other"), stack),
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
    const object = resourceObject(args);
    if (raw === undefined || object === undefined) return undefined;
    const repaired = remediate(engine, raw, this.state.namespaces.get(object.shown.namespace) ?? { role: "other" });
    return repaired === raw ? undefined : { ...repaired };
  }
}

/** The Kubernetes object of a resource; undefined for components and other resources without one. */
function resourceObject(resource: {
  readonly props: unknown;
  readonly urn: string;
  readonly type: string;
}): StackObject | undefined {
  const raw = asObject(targetOf(resource.props));
  if (raw === undefined || asString(raw["kind"]) === undefined || asString(raw["apiVersion"]) === undefined)
    return undefined;
  return readObject(raw, { urn: resource.urn, type: resource.type }, isUnknownValue);
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

const configSchema = {
  properties: {
    profile: { type: "string" as const, enum: ["baseline", "mijnbureau", "strict"] },
    onUndecided: { type: "string" as const, enum: ["fail", "warn"] },
    podSecurityVersion: { type: "string" as const },
    rules: { type: "object" as const },
    exemptions: { type: "array" as const },
  },
};

/** The policies of the pack: few, because the SDK reads a resource anew for each. */
export function policiesOf(pack: Pack, withRemediation: boolean): Policies {
  const policies: Policies = [
    {
      name: "kubernetes-objects",
      description: "Kubernetes objects meet the rules of the stack's profile.",
      enforcementLevel: "mandatory",
      configSchema,
      validateResource: (args, reportViolation) => pack.validateResource(args, reportViolation),
    },
    {
      name: "kubernetes-stack",
      description: "The objects of the stack together meet the rules of its profile.",
      enforcementLevel: "mandatory",
      configSchema,
      validateStack: (args, reportViolation) => pack.validateStack(args, reportViolation),
    },
  ];
  if (!withRemediation) return policies;
  return [
    {
      name: "kubernetes-repairs",
      description: "Objects are repaired where the stack sets a rule to remediate.",
      enforcementLevel: "remediate",
      configSchema,
      remediateResource: (args) => pack.remediateResource(args),
    },
    ...policies,
  ];
}
