import type { Profile } from "../../config/policies";
import type { ContainerType } from "./workload";
import type { z } from "zod";
import type { JsonObject } from "../../lib/json";
import type { StackIndex, StackObject } from "./stack";

/** How much harm the defect can do. */
export type Severity = "low" | "medium" | "high" | "critical";

/** What a stack does with a rule. `remediate` repairs where the rule can, and is mandatory otherwise. */
export type Level = "mandatory" | "advisory" | "remediate" | "off";

/**
 * Whose objects a rule judges: namespaces of the suite, namespaces of operators, both ("owned", with the
 * cluster-scoped objects that the program makes), or every object whatever its namespace ("cluster").
 */
export type Scope = "suite" | "operator" | "owned" | "cluster";

/** Where a norm says the same, by the norm's own identifiers. */
export interface Standards {
  /** Pod Security Standard that asks for it. */
  readonly pss?: "baseline" | "restricted";
  /** CIS Kubernetes Benchmark 1.12, sections as "5.2.2". */
  readonly cis?: readonly string[];
  /** Part of the NSA/CISA Kubernetes Hardening Guidance. */
  readonly nsa?: boolean;
  /** Controls of ISO/IEC 27002:2022 ("8.9"); BIO2 and NIS2 follow from norms/. */
  readonly iso27002?: readonly string[];
  readonly checkov?: readonly string[];
  readonly trivy?: readonly string[];
  readonly kyverno?: readonly string[];
  readonly kubescape?: readonly string[];
  readonly kubeScore?: readonly string[];
  readonly kubeLinter?: readonly string[];
  readonly polaris?: readonly string[];
  readonly gatekeeper?: readonly string[];
  readonly datree?: readonly string[];
  readonly kubesec?: readonly string[];
  readonly kubeaudit?: readonly string[];
  /** Rules of MijnBureau's own policy/*.rego. */
  readonly mijnbureau?: readonly string[];
}

/** What every rule states, whatever it is evaluated with. */
export interface RuleText {
  /** `<area>/<name>`, the same as the file's path under policypack/rules. */
  readonly id: string;
  readonly severity: Severity;
  /** The norm, a full sentence without the final stop. */
  readonly title: string;
  /** What an attacker or a mistake can do where the norm is not met. */
  readonly why: string;
  /** The finding, a predicate without subject: "runs privileged". The engine puts the subject before it. */
  readonly message: string;
  /** What to do, imperative. */
  readonly remedy: string;
  readonly standards: Standards;
  readonly levels: Readonly<Record<Profile, Level>>;
  /** Default: owned. */
  readonly scope?: Scope;
  /**
   * A control of this Pod Security Standard: not judged in an operator's namespace that enforces a lower one,
   * as Pod Security admission would not either. Namespaces of the suite cannot opt out.
   */
  readonly podSecurity?: "baseline" | "restricted";
}

/** An expression that holds from a Kubernetes minor on. */
export interface VersionedExpression {
  /** "1.0", "1.35", … the Pod Security version from which it applies. */
  readonly since: string;
  readonly valid: string;
}

/** What a rule judges: an object, and the container where it is about one. */
export interface JudgedSubject {
  readonly object: StackObject;
  readonly container?: JsonObject;
}

interface Expressions {
  /** CEL of type bool: whether the rule applies to this subject. Default: always. */
  readonly when?: string;
  /** CEL of type bool: true where the norm is met. Exactly one of `valid` and `versions` is given. */
  readonly valid?: string;
  /** In ascending order; the namespace's Pod Security version chooses. */
  readonly versions?: readonly VersionedExpression[];
  /** CEL of type string appended to the message: the offending values. */
  readonly detail?: string;
  /** Path of the judged field below the subject, for reports: "securityContext.privileged". */
  readonly field?: string;
  /** Parameters with their defaults, read in CEL as `params.<name>`. */
  readonly parameters?: z.ZodType<object>;
  /**
   * The subject with the defect repaired. Pure, idempotent, and the result meets the norm. For containers it
   * gets the container, for pods `{metadata, spec}`, else the object.
   */
  readonly remediate?: (subject: JsonObject) => JsonObject;
  /**
   * Whether other objects of the stack meet the norm for one that does not meet it by itself, such as the defaults of a
   * LimitRange. Asked where all of them are seen: in a scan, and at preview once every resource was.
   */
  readonly metBy?: (subject: JudgedSubject, stack: StackIndex) => boolean;
  /**
   * CEL of type bool about the object, and the pod where there is one: whether the judgement stays within what an
   * expression may cost at admission (apiserver, pkg/apis/cel/config.go, PerCallLimit). The API server refuses what it
   * cannot judge to the end, good or bad; so what is larger is judged at preview and in a scan alone.
   */
  readonly withinCost?: string;
  /** Why the API server cannot evaluate it; default: it can, and does. */
  readonly notAtAdmission?: string;
}

/** Judges each container of each pod: CEL variables `container`, `pod` ({metadata, spec}), `object`, `params`. */
export interface ContainerRule extends RuleText, Expressions {
  readonly subject: "container";
  /** Which lists; default all three. */
  readonly containers?: readonly ContainerType[];
}

/** Judges each pod or pod template: CEL variables `pod` ({metadata, spec}), `object`, `params`. */
export interface PodRule extends RuleText, Expressions {
  readonly subject: "pod";
}

/** Judges the object that holds a pod template, or a bare Pod: CEL variables `object`, `pod`, `params`. */
export interface WorkloadRule extends RuleText, Expressions {
  readonly subject: "workload";
  /** As for objects; default every workload kind. */
  readonly kinds?: readonly string[];
}

/** Judges objects of the named kinds: CEL variables `object`, `params`. */
export interface ObjectRule extends RuleText, Expressions {
  readonly subject: "object";
  /** "Service" (core group) or "networking.k8s.io/NetworkPolicy"; any version of the group. */
  readonly kinds: readonly string[];
}

export type ExpressionRuleDefinition = ContainerRule | PodRule | WorkloadRule | ObjectRule;

/** Judges objects together: TypeScript over an index of all objects of a stack. */
export interface StackRuleDefinition extends RuleText {
  readonly parameters?: z.ZodType<object>;
  /**
   * The objects that are judged, each on its own. By kind and namespace: a field that is not known yet would leave
   * all of them unjudged. What depends on fields stands in `concerns`.
   */
  readonly select: (stack: StackIndex, params: JsonObject) => Iterable<StackObject>;
  /** Whether the rule is about the object; absent where it is about all that are selected. */
  readonly concerns?: (object: StackObject, stack: StackIndex, params: JsonObject) => boolean;
  /**
   * What is wrong with the object; nothing where the norm is met. Reading a value that is only known after
   * deployment ends the judgement of this object as undecided.
   */
  readonly check: (object: StackObject, stack: StackIndex, params: JsonObject) => readonly StackDefect[];
}

/** One defect found by a stack rule. */
export interface StackDefect {
  /** Replaces the rule's message. */
  readonly message?: string;
  /** Path within the object. */
  readonly field?: string;
  readonly container?: string;
}

export interface ExpressionRule {
  readonly type: "expression";
  readonly definition: ExpressionRuleDefinition;
  readonly id: string;
}

export interface StackRule {
  readonly type: "stack";
  readonly definition: StackRuleDefinition;
  readonly id: string;
}

export type Rule = ExpressionRule | StackRule;

/** A mistake in a rule's definition. */
export class RuleDefinitionError extends Error {
  override readonly name = "RuleDefinitionError";
  constructor(id: string, problem: string) {
    super(`rule ${id}: ${problem}`);
  }
}

const ID = /^[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/;

function checkText(text: RuleText): void {
  if (!ID.test(text.id))
    throw new RuleDefinitionError(text.id, "the id is not <area>/<name> in lower case and hyphens");
  if (/[.\s]$/.test(text.title)) throw new RuleDefinitionError(text.id, "the title ends in a stop or a space");
}

/** Defines a rule that one CEL expression decides: at preview, at admission and in a scan. */
export function rule(definition: ExpressionRuleDefinition): ExpressionRule {
  checkText(definition);
  if ((definition.valid === undefined) === (definition.versions === undefined)) {
    throw new RuleDefinitionError(definition.id, "exactly one of valid and versions is needed");
  }
  return { type: "expression", id: definition.id, definition };
}

/** Every expression of a rule. */
export function sourcesOf({ when, valid, versions, detail }: ExpressionRuleDefinition): readonly string[] {
  const all = [when, valid, ...(versions ?? []).map((version) => version.valid), detail];
  return all.filter((source) => source !== undefined);
}

/** Defines a rule that needs the whole stack. */
export function stackRule(definition: StackRuleDefinition): StackRule {
  checkText(definition);
  return { type: "stack", id: definition.id, definition };
}

/** Whether a module's export is a rule. */
export function isRule(value: unknown): value is Rule {
  return (
    typeof value === "object" &&
    value !== null &&
    "definition" in value &&
    "type" in value &&
    (value.type === "expression" || value.type === "stack")
  );
}

/** The scope a rule has where it names none. */
export function scopeOf(text: RuleText): Scope {
  return text.scope ?? "owned";
}
