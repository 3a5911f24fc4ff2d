import { label, podSecurityLabel } from "../../lib/labels";
import type { Truth, Variables } from "./cel/expression";
import { CompiledRule, levelOf, minorOf, parametersOf } from "./compiled";
import { withDefaults } from "./defaults";
import { covers, isExpired } from "./exemptions";
import { subjectName } from "./findings";
import type { Finding } from "./findings";
import { asObject, asString, at } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { isClusterScoped, splitKind } from "../../lib/kinds";
import { containerTypes } from "./workload";
import type { JudgedSubject, Rule, RuleText, StackRule } from "./rule";
import type { PolicySettings } from "../../config/policies";
import { stackObject } from "./stack";
import type { Origin, StackIndex, StackObject } from "./stack";
import { unlessUnknown } from "../../lib/unknown";
import { judgeRule, report, undecided } from "./verdict";
import type { Outcome } from "./verdict";
import { view } from "./view";
import type { IsUnknown } from "./view";
import { isOperatorBuilt, workloadKinds } from "./workload";
import type { ContainerView } from "./workload";

/** What the namespace of an object says about it. */
export interface NamespaceContext {
  /**
   * The role label. "other": a namespace without it, whose objects are still the program's; "any": not known,
   * so that rules of every scope apply.
   */
  readonly role: "suite" | "operator" | "other" | "any";
  /** The Pod Security version that the namespace pins; "unknown" where that is only known after deployment. */
  readonly podSecurityVersion?: string;
  /** The Pod Security Standard that the namespace enforces. */
  readonly podSecurityLevel?: string;
}

/** A raw object (a resource's inputs, a YAML document) as rules see it; undefined where it is no object. */
export function readObject(raw: unknown, origin: Origin = {}, isUnknown?: IsUnknown): StackObject | undefined {
  const seen = asObject(view(raw, isUnknown));
  return seen === undefined ? undefined : stackObject(withDefaults(seen), origin);
}

/** An object that the API server has completed already, or whose gaps are meant. */
export function readObjectAsIs(raw: unknown, origin: Origin = {}): StackObject | undefined {
  const seen = asObject(view(raw));
  return seen === undefined ? undefined : stackObject(seen, origin);
}

/** The context that a Namespace object gives to what is in it. */
export function contextOf(namespace: StackObject): NamespaceContext {
  const role = unlessUnknown(() => namespace.labels[label.role], "any");
  const version = unlessUnknown(() => namespace.labels[podSecurityLabel.enforceVersion], "unknown");
  const level = unlessUnknown(() => namespace.labels[podSecurityLabel.enforce], undefined);
  return {
    role: role === "suite" || role === "operator" || role === "any" ? role : "other",
    ...(version !== undefined && { podSecurityVersion: version }),
    ...(level !== undefined && { podSecurityLevel: level }),
  };
}

/** The context of an object in a namespace whose name, or which itself, is not known yet. */
const uncertain: NamespaceContext = { role: "any", podSecurityVersion: "unknown" };

/** The context of an object of a stack. Without its Namespace in the stack, `missing` is its role. */
export function contextIn(stack: StackIndex, object: StackObject, missing: NamespaceContext["role"]): NamespaceContext {
  if (object.kind === "Namespace") return contextOf(object);
  if (isClusterScoped(object.kind)) return { role: "any" };
  return unlessUnknown(() => {
    const namespace = stack.namespace(object.namespace);
    return namespace === undefined ? { role: missing } : contextOf(namespace);
  }, uncertain);
}

function inScope(rule: CompiledRule, context: NamespaceContext): boolean {
  if (isLowered(rule, context)) return false;
  if (context.role === "any" || rule.scope === "cluster" || rule.scope === "owned") return true;
  return rule.scope === context.role;
}

/** Whether the namespace enforces a lower Pod Security Standard than the rule belongs to. */
function isLowered(rule: CompiledRule, context: NamespaceContext): boolean {
  const standard = rule.definition.podSecurity;
  if (standard === undefined || context.role === "suite") return false;
  return (
    context.podSecurityLevel === "privileged" || (context.podSecurityLevel === "baseline" && standard === "restricted")
  );
}

interface Plan {
  readonly container: readonly CompiledRule[];
  readonly pod: readonly CompiledRule[];
  readonly object: readonly CompiledRule[];
}

/** A subject within an object, with what a message needs. */
interface Subject {
  readonly variables: Variables;
  readonly path: string;
  readonly container?: ContainerView;
}

/** Evaluates the rules of a stack's settings. No verdict depends on the objects seen before. */
export class Engine {
  private readonly expressionRules: readonly CompiledRule[];
  private readonly stackRules: readonly { readonly rule: StackRule; readonly params: JsonObject }[];
  private readonly plans = new Map<string, Plan>();
  private readonly metByOthers: ReadonlySet<string>;

  /** `today` (YYYY-MM-DD) decides which exemptions still hold. */
  constructor(
    rules: readonly Rule[],
    readonly settings: PolicySettings,
    private readonly today: string,
  ) {
    const active = rules.filter((rule) => levelOf(rule.definition, settings) !== "off");
    this.expressionRules = active.flatMap((rule) =>
      rule.type === "expression" ? [new CompiledRule(rule, settings)] : [],
    );
    this.metByOthers = new Set(
      this.expressionRules.flatMap(({ id, definition }) => (definition.metBy === undefined ? [] : [id])),
    );
    this.stackRules = active.flatMap((rule) =>
      rule.type === "stack" ? [{ rule, params: parametersOf(rule.definition, settings) }] : [],
    );
  }

  /** The rules on single objects that are not off, for generating their admission policies. */
  get activeRules(): readonly CompiledRule[] {
    return this.expressionRules;
  }

  /** The rules that other objects of a stack may meet for an object. */
  get rulesMetByOthers(): ReadonlySet<string> {
    return this.metByOthers;
  }

  /** What the rules on single objects say about one object, and among those of a stack where that is given. */
  judge(object: StackObject, context: NamespaceContext, stack?: StackIndex): Finding[] {
    const plan = this.plan(object.kind);
    const findings: Finding[] = [];
    const minor = minorOf(context.podSecurityVersion ?? this.settings.podSecurityVersion);
    const pod = object.pod;
    const whole: Subject = { variables: { object: object.object, ...(pod && { pod: pod.pod }) }, path: "" };
    const own = pod === undefined ? plan.object.filter((rule) => rule.definition.subject !== "workload") : plan.object;
    const run: Run = { context, minor, findings, stack };
    this.judgeSubject(own, object, whole, run);
    if (pod === undefined) return findings;
    const podSubject: Subject = { variables: whole.variables, path: pod.path };
    this.judgeSubject(plan.pod, object, podSubject, run);
    for (const container of pod.containers) {
      const subject = {
        variables: { ...whole.variables, container: container.container },
        path: container.path,
        container,
      };
      this.judgeSubject(plan.container, object, subject, run);
    }
    if (pod.containersUnknown) this.judgeMissingContainers(plan.container, object, podSubject, run);
    return findings;
  }

  /** What the stack rules say about a stack. */
  judgeStack(stack: StackIndex): Finding[] {
    return this.stackRules.flatMap(({ rule, params }) => this.judgeStackRule(rule, params, stack));
  }

  /** Everything about a stack: rules on single objects, then stack rules. */
  judgeAll(stack: StackIndex, missingNamespace: NamespaceContext["role"]): Finding[] {
    const single = stack.objects.flatMap((object) =>
      this.judge(object, contextIn(stack, object, missingNamespace), stack),
    );
    return [...single, ...this.judgeStack(stack)];
  }

  private plan(kind: string): Plan {
    const known = this.plans.get(kind);
    if (known !== undefined) return known;
    const plan = planFor(this.expressionRules, kind);
    this.plans.set(kind, plan);
    return plan;
  }

  private judgeSubject(rules: readonly CompiledRule[], object: StackObject, subject: Subject, run: Run): void {
    for (const rule of rules) {
      if (!inScope(rule, run.context) || !concernsContainer(rule, subject)) continue;
      const judged = { object, ...(subject.container && { container: subject.container.container }) };
      const truth = amongOthers(rule, judged, judgeRule(rule, subject.variables, run.minor), run.stack);
      if (truth === true) continue;
      const outcome = report(rule, subject.variables, truth);
      run.findings.push(this.finding(rule.definition, object, subject, outcome));
    }
  }

  // A pod with containers that are not known: rules on containers that found nothing stay undecided.
  private judgeMissingContainers(rules: readonly CompiledRule[], object: StackObject, pod: Subject, run: Run): void {
    const found = new Set(run.findings.map((finding) => finding.rule));
    for (const rule of rules) {
      if (found.has(rule.id) || !inScope(rule, run.context) || rule.valid(run.minor).length === 0) continue;
      const message = "has containers that are only known after deployment";
      run.findings.push(this.finding(rule.definition, object, pod, { decision: "undecided", message }));
    }
  }

  private judgeStackRule(rule: StackRule, params: JsonObject, stack: StackIndex): Finding[] {
    const { definition } = rule;
    const selected = unlessUnknown(() => [...definition.select(stack, params)], undefined);
    if (selected === undefined) return [this.finding(definition, wholeStack, objectSubject(wholeStack), undecided)];
    return selected.flatMap((object) => {
      const defects = unlessUnknown(() => definition.check(object, stack, params), undefined);
      const open = defects === undefined || (defects.length === 0 && isIncomplete(object));
      if (open) return [this.finding(definition, object, objectSubject(object), undecided)];
      return defects.map((defect) => {
        const message = defect.message ?? definition.message;
        return this.finding(definition, object, objectSubject(object), { ...defect, decision: "violated", message });
      });
    });
  }

  private finding(
    definition: RuleText & { readonly field?: string },
    object: StackObject,
    subject: Subject,
    outcome: Outcome,
  ): Finding {
    const container = outcome.container ?? subject.container?.name;
    const target = {
      apiVersion: unlessUnknown(() => asString(at(object.object, "apiVersion")), undefined) ?? "",
      kind: splitKind(object.kind).kind,
      ...object.shown,
      ...(container !== undefined && { container }),
    };
    const exemption = this.settings.exemptions.find(
      (each) => !isExpired(each, this.today) && covers(each, definition.id, target),
    );
    const level = levelOf(definition, this.settings);
    return {
      rule: definition.id,
      severity: definition.severity,
      level: level === "off" ? "advisory" : level,
      decision: exemption === undefined ? outcome.decision : "exempt",
      ...target,
      path: [subject.path, outcome.field ?? definition.field ?? ""].filter((part) => part !== "").join("."),
      message: `${subjectName(target)} ${outcome.message}.`,
      remedy: definition.remedy,
      title: definition.title,
      standards: definition.standards,
      origin: object.origin,
      ...(exemption !== undefined && { exemption }),
    };
  }
}

/** Stands for all objects where the choice of objects itself is not known. */
const wholeStack = stackObject({ kind: "Stack", metadata: { name: "(all objects)", namespace: "" } });

function objectSubject(object: StackObject): Subject {
  return { variables: { object: object.object }, path: "" };
}

/** Whether what was not found wrong may still be: some of its containers are not known. */
function isIncomplete(object: StackObject): boolean {
  return object.pod?.containersUnknown === true;
}

interface Run {
  readonly context: NamespaceContext;
  readonly minor: number;
  readonly findings: Finding[];
  readonly stack: StackIndex | undefined;
}

/** The verdict on a subject once the other objects of its stack are asked. */
function amongOthers(rule: CompiledRule, subject: JudgedSubject, truth: Truth, stack: StackIndex | undefined): Truth {
  const { metBy } = rule.definition;
  if (truth === true || metBy === undefined || stack === undefined) return truth;
  return unlessUnknown(() => metBy(subject, stack) || truth, "unknown");
}

function planFor(rules: readonly CompiledRule[], kind: string): Plan {
  const hasPod = workloadKinds.includes(kind) || isOperatorBuilt(kind);
  const on = (subject: "container" | "pod"): readonly CompiledRule[] =>
    hasPod ? rules.filter((rule) => rule.definition.subject === subject) : [];
  const object = rules.filter(({ definition }) => {
    if (definition.subject === "object") return definition.kinds.includes(kind);
    return definition.subject === "workload" && hasPod && (definition.kinds?.includes(kind) ?? true);
  });
  return { container: on("container"), pod: on("pod"), object };
}

function concernsContainer(rule: CompiledRule, subject: Subject): boolean {
  const { definition } = rule;
  if (definition.subject !== "container" || subject.container === undefined) return true;
  return (definition.containers ?? containerTypes).includes(subject.container.type);
}
