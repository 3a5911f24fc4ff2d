import type { Truth, Variables } from "./cel/expression";
import { CompiledRule, levelOf, minorOf, parametersOf } from "./compiled";
import { withDefaults } from "./defaults";
import { offenders } from "./offenders";
import { covers, isExpired } from "./exemptions";
import { subjectName } from "./findings";
import type { Finding } from "./findings";
import { asObject, asString, at } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import { splitKind } from "../../lib/kinds";
import { contextIn } from "./namespace";
import type { NamespaceContext } from "./namespace";
import type { JudgedSubject, Rule, RuleText, StackDefect, StackRule } from "./rule";
import { openDeep } from "./shape";
import type { PolicySettings } from "../../config/policies";
import { stackObject } from "./stack";
import type { Origin, StackIndex, StackObject } from "./stack";
import { typed } from "./types";
import { UnknownValue, unlessUnknown, WrongType } from "../../lib/unknown";
import { judgeRule, missing, report, undecided } from "./verdict";
import type { Outcome } from "./verdict";
import { view } from "./view";
import type { IsUnknown } from "./view";
import { containerTypes, isOperatorBuilt, openObject, workloadKinds } from "./workload";
import type { ContainerView, PodView } from "./workload";

export { contextIn, contextOf } from "./namespace";
export type { NamespaceContext } from "./namespace";

/** A raw object (a resource's inputs, a YAML document) as rules see it; undefined where it is no object. */
export function readObject(raw: unknown, origin: Origin = {}, isUnknown?: IsUnknown): StackObject | undefined {
  const seen = asObject(view(raw, isUnknown));
  return seen === undefined ? undefined : stackObject(withDefaults(typed(seen)), origin);
}

/** A part of an object, such as a patch holds: what it does not name is not known, and nothing is filled in. */
export function readPart(raw: unknown, origin: Origin = {}, isUnknown?: IsUnknown): StackObject | undefined {
  const seen = asObject(view(raw, isUnknown));
  return seen === undefined ? undefined : stackObject(openDeep(typed(seen), "part"), origin, true);
}

/** An object that the API server has completed already, or whose gaps are meant. */
export function readObjectAsIs(raw: unknown, origin: Origin = {}): StackObject | undefined {
  const seen = asObject(view(raw));
  return seen === undefined ? undefined : stackObject(seen, origin);
}

function inScope(rule: CompiledRule, context: NamespaceContext): boolean {
  if (isLowered(rule, context)) return false;
  if (context.role === "any" || rule.scope === "cluster" || rule.scope === "owned") return true;
  return rule.scope === context.role;
}

/** Whether the namespace enforces a lower Pod Security Standard than the rule belongs to. */
function isLowered(rule: CompiledRule, context: NamespaceContext): boolean {
  const standard = rule.definition.podSecurity;
  // Namespaces of the suite cannot opt out, and one of which the role is not known may be the suite's.
  if (standard === undefined || context.role === "suite" || context.role === "any") return false;
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
  /** Why the containers of a pod are not known, where its own list is wrong. */
  readonly malformed?: string | undefined;
}

/** Evaluates the rules of a stack's settings. No verdict depends on the objects seen before. */
export class Engine {
  private readonly expressionRules: readonly CompiledRule[];
  private readonly stackRules: readonly { readonly rule: StackRule; readonly params: JsonObject }[];
  private readonly plans = new Map<string, Plan>();
  private readonly metByOthers: ReadonlySet<string>;
  /** How many subjects each rule was asked about and concerned: silence about none is no proof. */
  private readonly subjects = new Map<string, number>();

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

  /** How many subjects a rule has judged so far: objects, pods or containers that it is about. */
  judged(rule: string): number {
    return this.subjects.get(rule) ?? 0;
  }

  private count(rule: string): void {
    this.subjects.set(rule, this.judged(rule) + 1);
  }

  /** What the rules on single objects say about one object, and among those of a stack where that is given. */
  judge(object: StackObject, context: NamespaceContext, stack?: StackIndex): Finding[] {
    const plan = this.plan(object.kind);
    const findings: Finding[] = [];
    const minor = minorOf(context.podSecurityVersion ?? this.settings.podSecurityVersion);
    const { pod } = object;
    const whole: Subject = { variables: { object: object.object, ...(pod && { pod: pod.pod }) }, path: "" };
    const own = pod === undefined ? plan.object.filter((rule) => rule.definition.subject !== "workload") : plan.object;
    const run: Run = { context, minor, findings, stack };
    this.judgeSubject(own, object, whole, run);
    for (const each of object.pods) {
      const before = findings.length;
      this.judgePod(plan, object, each, run);
      // An operator completes it: what the object leaves open is told once for its kind, not for each rule.
      if (each.open && pod === undefined) keepViolated(findings, before);
    }
    return findings;
  }

  private judgePod(plan: Plan, object: StackObject, pod: PodView, run: Run): void {
    const variables = { object: object.object, pod: pod.pod };
    const subject: Subject = { variables, path: pod.path, malformed: pod.malformed };
    this.judgeSubject(plan.pod, object, subject, run);
    for (const container of pod.containers) {
      const inside = {
        variables: { ...variables, container: container.container },
        path: container.path,
        container,
      };
      this.judgeSubject(plan.container, object, inside, run);
    }
    if (pod.containersUnknown) this.judgeMissingContainers(plan.container, object, subject, run);
  }

  /** Whether any rule in force looks at the object: whether silence about it means anything. */
  judges(object: StackObject): boolean {
    const plan = this.plan(object.kind);
    if (plan.object.length > 0) return true;
    return object.pods.length > 0 && (plan.pod.length > 0 || plan.container.length > 0);
  }

  /** Whether any rule on the objects together is in force. */
  get hasStackRules(): boolean {
    return this.stackRules.length > 0;
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
      const own = judgeRule(rule, subject.variables, run.minor);
      if (own === "not concerned") continue;
      this.count(rule.id);
      if (own === true) continue;
      const judged = { object, ...(subject.container && { container: subject.container.container }) };
      const truth = amongOthers(rule, judged, own, run.stack);
      if (truth === true) continue;
      const { decision, message } = report(rule, subject.variables, truth);
      const values = (): readonly string[] =>
        truth === false ? offenders(rule, subject.variables, run.minor) : [message];
      run.findings.push(this.finding(rule.definition, object, subject, { decision, message, values }));
    }
  }

  // A pod with containers that are not known: rules on containers that found nothing stay undecided.
  private judgeMissingContainers(rules: readonly CompiledRule[], object: StackObject, pod: Subject, run: Run): void {
    const found = new Set(run.findings.map((finding) => finding.rule));
    for (const rule of rules) {
      if (found.has(rule.id) || !inScope(rule, run.context) || rule.valid(run.minor).length === 0) continue;
      // What the pod says decides where it does so whatever a container says.
      const some = { ...pod.variables, container: ANY_CONTAINER };
      const isBad = judgesContainers(rule) && judgeRule(rule, some, run.minor) === false;
      const outcome = isBad ? report(rule, some, false) : missing(rule, pod.malformed);
      run.findings.push(this.finding(rule.definition, object, pod, outcome));
    }
  }

  private judgeStackRule(rule: StackRule, params: JsonObject, stack: StackIndex): Finding[] {
    const { definition } = rule;
    const selected = unlessUnknown(() => [...definition.select(stack, params)], undefined);
    if (selected === undefined) return [this.finding(definition, wholeStack, objectSubject(wholeStack), undecided)];
    return selected.flatMap((object) => {
      const concerned = concerns(definition, object, stack, params);
      if (concerned === false) return [];
      this.count(definition.id);
      const defects = checked(definition, object, stack, params);
      const met = defects?.length === 0;
      const open = defects === undefined || (met && isIncomplete(object)) || (!met && concerned === undefined);
      if (open) return [this.finding(definition, object, objectSubject(object), undecided)];
      return defects.map((defect) => {
        const message = defect.message ?? definition.message;
        const values = (): readonly string[] => (defect.message === undefined ? [] : [defect.message]);
        const outcome = { ...defect, decision: "violated" as const, message, values };
        return this.finding(definition, object, objectSubject(object), outcome);
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
    const { name, namespace } = object.shown;
    const apiVersion = unlessUnknown(() => asString(at(object.object, "apiVersion")), undefined) ?? "";
    const { kind } = splitKind(object.kind);
    const level = levelOf(definition, this.settings);
    const field = outcome.field ?? definition.field ?? "";
    const about = subjectName(
      container === undefined ? { kind, namespace, name } : { kind, namespace, name, container },
    );
    // Written out: an object that is put together of others takes several times as long.
    const found: Finding & { container?: string } = {
      rule: definition.id,
      severity: definition.severity,
      level: level === "off" ? "advisory" : level,
      decision: outcome.decision,
      apiVersion,
      kind,
      namespace,
      name,
      path: subject.path === "" || field === "" ? subject.path + field : `${subject.path}.${field}`,
      message: `${about} ${outcome.message}.`,
      remedy: definition.remedy,
      title: definition.title,
      standards: definition.standards,
      origin: object.origin,
      values: outcome.values ?? none,
    };
    if (container !== undefined) found.container = container;
    const exemption = this.settings.exemptions.find(
      (each) => !isExpired(each, this.today) && covers(each, definition.id, found),
    );
    return exemption === undefined ? found : { ...found, decision: "exempt", exemption };
  }
}

const none = (): readonly string[] => [];

/** The defects of an object; undefined where a value decides that is not known yet. */
function checked(
  definition: StackRule["definition"],
  object: StackObject,
  stack: StackIndex,
  params: JsonObject,
): readonly StackDefect[] | undefined {
  try {
    return definition.check(object, stack, params);
  } catch (error) {
    if (error instanceof WrongType) return [{ message: `cannot be judged by "${definition.title}": ${error.message}` }];
    if (error instanceof UnknownValue) return undefined;
    throw error;
  }
}

/** Whether a rule is about an object; undefined where a value decides that is not known yet. */
function concerns(
  { concerns: isAbout }: StackRule["definition"],
  object: StackObject,
  stack: StackIndex,
  params: JsonObject,
): boolean | undefined {
  return isAbout === undefined || unlessUnknown(() => isAbout(object, stack, params), undefined);
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
function amongOthers(
  rule: CompiledRule,
  subject: JudgedSubject,
  truth: Exclude<Truth, true>,
  stack: StackIndex | undefined,
): Truth {
  const { metBy } = rule.definition;
  if (metBy === undefined || stack === undefined) return truth;
  return unlessUnknown(() => metBy(subject, stack) || truth, "unknown");
}

function keepViolated(findings: Finding[], from: number): void {
  const kept = findings.slice(from).filter(({ decision }) => decision !== "undecided");
  findings.splice(from, findings.length - from, ...kept);
}

function planFor(rules: readonly CompiledRule[], kind: string): Plan {
  const hasPod = workloadKinds.includes(kind) || isOperatorBuilt(kind);
  const on = (subject: "container" | "pod"): readonly CompiledRule[] =>
    rules.filter((rule) => rule.definition.subject === subject);
  const object = rules.filter(({ definition }) => {
    if (definition.subject === "object") return definition.kinds.includes(kind);
    return definition.subject === "workload" && hasPod && (definition.kinds?.includes(kind) ?? true);
  });
  return { container: on("container"), pod: on("pod"), object };
}

/** A container of which nothing is known. */
const ANY_CONTAINER = openObject({});

/** Whether a rule judges the main containers, which every pod has. */
function judgesContainers({ definition }: CompiledRule): boolean {
  return definition.subject === "container" && (definition.containers ?? containerTypes).includes("containers");
}

function concernsContainer(rule: CompiledRule, subject: Subject): boolean {
  const { definition } = rule;
  if (definition.subject !== "container" || subject.container === undefined) return true;
  return (definition.containers ?? containerTypes).includes(subject.container.type);
}
