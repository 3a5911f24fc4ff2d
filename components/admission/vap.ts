import { label, podSecurityLabel } from "../../lib/labels";
import type { CompiledRule } from "../../policypack/engine/compiled";
import { minorOf } from "../../policypack/engine/compiled";
import { isExpired } from "../../policypack/engine/exemptions";
import type { Json, JsonObject } from "../../lib/json";
import { isClusterScoped, resourceOf, splitKind } from "../../lib/kinds";
import { containerTypes } from "../../policypack/engine/workload";
import type { Exemption, PolicySettings } from "../../config/policies";
import { workloadKinds } from "../../policypack/engine/workload";
import { managedLabels } from "../namespace/labels";
import { bind, inlineTexts, literal, reads, text } from "./cel";
import { objectChanged, whenChanged, workloadChanged } from "./changed";
import { exemptObject, exemptContainer } from "./exempt";

/** What a refusal does: Deny for mandatory rules, Warn and Audit for advisory ones. */
type Action = "deny" | "warn";

interface Group {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly workloads: boolean;
  readonly clusterScoped: boolean;
  readonly scope: CompiledRule["scope"];
  readonly action: Action;
  readonly rules: CompiledRule[];
}

// The API has no such kinds; manifests in a repository may.
const NOT_SERVED: ReadonlySet<string> = new Set([
  "DeploymentConfig",
  "extensions/Deployment",
  "extensions/DaemonSet",
  "extensions/ReplicaSet",
]);

const servedWorkloads = workloadKinds.filter((kind) => !NOT_SERVED.has(kind));

/**
 * The rules as ValidatingAdmissionPolicies with a binding each. Rules that judge the same kinds at the same
 * level share a policy, because the API server shows only the first refusal: so it names all of them.
 *
 * @param suiteTemplates what happens to the suite's workloads whose pod template breaks a mandatory rule. `warn` is for
 *   clusters where admission repairs the suite's pods: the template is let in, and the pod is judged as it will run.
 *   Pod Security admission does the same (Kubernetes, "Pod Security Admission": enforce applies to pods only).
 */
export function admissionPolicies(
  rules: readonly CompiledRule[],
  settings: PolicySettings,
  today: string,
  suiteTemplates: "deny" | "warn" = "deny",
): readonly JsonObject[] {
  const exemptions = settings.exemptions.filter((exemption) => !isExpired(exemption, today));
  return groupsOf(rules).flatMap((group) => [
    policy(group, exemptions, settings),
    ...(suiteTemplates === "warn" && group.workloads && group.action === "deny"
      ? splitBindings(group)
      : [binding(group)]),
  ]);
}

function groupsOf(rules: readonly CompiledRule[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const rule of rules) {
    if (rule.definition.notAtAdmission !== undefined || rule.level === "off") continue;
    for (const part of partsOf(rule)) {
      const known = groups.get(part.name);
      if (known === undefined) groups.set(part.name, part);
      else known.rules.push(rule);
    }
  }
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The groups a rule belongs to: one, or two where its kinds are namespaced and cluster-scoped. */
function partsOf(rule: CompiledRule): readonly Group[] {
  const { definition } = rule;
  const action: Action = rule.level === "advisory" ? "warn" : "deny";
  const group = (kinds: readonly string[], workloads: boolean, clusterScoped: boolean): Group => {
    const subject = workloads ? "workloads" : kinds.map((kind) => splitKind(kind).kind.toLowerCase()).join("-");
    const name = ["mijnbureau-platform", subject, clusterScoped ? "cluster-scoped" : "", rule.scope, action]
      .filter((part) => part !== "")
      .join("-");
    return { name: shortName(name), kinds, workloads, clusterScoped, scope: rule.scope, action, rules: [rule] };
  };
  if (definition.subject !== "object") return [group(servedWorkloads, true, false)];
  const parts = [false, true].map((scoped) => ({
    scoped,
    kinds: definition.kinds.filter((kind) => isClusterScoped(kind) === scoped),
  }));
  return parts.flatMap(({ scoped, kinds }) => (kinds.length === 0 ? [] : [group([...kinds].sort(), false, scoped)]));
}

// A name is a label of a DNS name in metrics and messages; long lists of kinds are cut and told apart by a sum.
function shortName(name: string): string {
  if (name.length <= 100) return name;
  const sum = [...name].reduce((total, character) => (total * 31 + character.charCodeAt(0)) % 0xffffff, 7);
  return `${name.slice(0, 90)}-${sum.toString(16)}`;
}

function policy(group: Group, exemptions: readonly Exemption[], settings: PolicySettings): JsonObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: group.name, labels: managedLabels },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: resourceRules(group.kinds) },
      matchConditions: [whenChanged(group.workloads ? workloadChanged : objectChanged)],
      variables: variables(group, exemptions, settings),
      validations: [
        {
          expression: "variables.findings.size() == 0",
          message: "rules of the platform refuse this object",
          messageExpression: `variables.text.size() <= ${MESSAGE_LIMIT} ? variables.text : variables.ids`,
        },
      ],
    },
  };
}

// The API server drops messages over 5 KiB (apiserver/pkg/apis/cel/config.go, MaxEvaluatedMessageExpressionSizeBytes).
const MESSAGE_LIMIT = 4000;

function resourceRules(kinds: readonly string[]): readonly Json[] {
  const byGroup = new Map<string, string[]>();
  for (const name of kinds) {
    const { group: apiGroup, kind } = splitKind(name);
    const resources = byGroup.get(apiGroup) ?? [];
    resources.push(resourceOf(kind));
    if (name === "Pod") resources.push("pods/ephemeralcontainers");
    byGroup.set(apiGroup, resources);
  }
  return [...byGroup].map(([apiGroup, resources]) => ({
    apiGroups: [apiGroup],
    apiVersions: ["*"],
    operations: ["CREATE", "UPDATE"],
    resources: [...new Set(resources)],
  }));
}

interface Variable {
  readonly [key: string]: string;
  readonly name: string;
  readonly expression: string;
}

function variables(group: Group, exemptions: readonly Exemption[], settings: PolicySettings): readonly Variable[] {
  const shared = group.workloads ? workloadVariables(settings) : [];
  const conditions = sharedConditions(group);
  const perRule = group.rules.flatMap((rule, index) => ruleVariables(rule, index, group, exemptions));
  const entries = group.rules.map((_, index) => `variables.m${index}`).join(", ");
  const ids = group.rules.map((rule, index) => `variables.m${index} == '' ? '' : ${text(`[${rule.id}]`)}`).join(", ");
  return [
    ...shared,
    ...conditions.map((when, index) => ({ name: `shared${index}`, expression: withoutNull(when) })),
    ...perRule,
    { name: "findings", expression: `[${entries}].filter(m, m != '')` },
    { name: "text", expression: "variables.findings.join(' ')" },
    { name: "ids", expression: `[${ids}].filter(m, m != '').join(' ')` },
  ];
}

/** Conditions of several rules about the same objects: the API server computes a variable once. */
function sharedConditions({ rules }: Group): readonly string[] {
  const all = rules.flatMap(({ definition: { subject, when } }) =>
    subject === "object" && when !== undefined && !reads(when, "params") ? [when] : [],
  );
  return [...new Set(all.filter((when, index) => all.indexOf(when) !== index))];
}

const namespaceLabelOf = (key: string): string => `namespaceObject.metadata.?labels[?${text(key)}].orValue('')`;

function workloadVariables(settings: PolicySettings): readonly Variable[] {
  const pod =
    "dyn(object).kind in ['Pod', 'Revision'] ? dyn(object) : " +
    "dyn(object).kind == 'PodTemplate' ? dyn(object).template : " +
    "dyn(object).kind == 'CronJob' ? dyn(object).spec.jobTemplate.spec.template : " +
    "dyn(object).spec.?template.orValue({})";
  const configured = minorOf(settings.podSecurityVersion);
  const latest = Number.isFinite(configured) ? configured : LATEST;
  return [
    { name: "pod", expression: pod },
    { name: "hasPod", expression: "has(variables.pod.spec)" },
    ...containerTypes.map((type) => ({
      name: type,
      expression: `variables.hasPod ? variables.pod.spec.?${type}.orValue([]) : []`,
    })),
    { name: "pinned", expression: namespaceLabelOf(podSecurityLabel.enforceVersion) },
    {
      name: "minor",
      expression: `variables.pinned.matches('^v1[.][0-9]+$') ? int(variables.pinned.substring(3)) : ${latest}`,
    },
    {
      name: "enforced",
      expression: `${namespaceLabelOf(label.role)} == 'suite' ? '' : ${namespaceLabelOf(podSecurityLabel.enforce)}`,
    },
  ];
}

// Stands for "latest": newer than every version a rule knows.
const LATEST = 1_000_000;

/** Roles without rules come as null (rbac/v1, Role: no omitempty), which ends every macro with an error; the pack drops nulls. */
const withoutNull = (expression: string): string =>
  expression.replaceAll("object.?rules.orValue([])", "optional.ofNonZeroValue(object.?rules.orValue([])).orValue([])");

/** The variables of one rule: its parameters where it has any, and its message, empty where the norm is met. */
function ruleVariables(
  rule: CompiledRule,
  index: number,
  group: Group,
  exemptions: readonly Exemption[],
): readonly Variable[] {
  const own = exemptions.filter((exemption) => exemption.rule === rule.id);
  const others = Object.fromEntries(Object.entries(rule.params).filter(([, value]) => typeof value !== "string"));
  const params = Object.keys(others).length > 0 ? [{ name: `p${index}`, expression: literal(others) }] : [];
  const bound = (expression: string): string =>
    bind(
      "pod",
      "variables.pod",
      bind("params", `variables.p${index}`, inlineTexts(withoutNull(expression), rule.params)),
    );
  const { definition } = rule;
  // Apart, because each variable may cost as much as the limit is.
  const within =
    definition.withinCost === undefined ? [] : [{ name: `w${index}`, expression: bound(definition.withinCost) }];
  const guard = [guardOf(rule, group, own), ...within.map(({ name }) => `variables.${name}`)]
    .filter((part) => part !== "")
    .join(" && ");
  const before = [...params, ...within];
  if (definition.subject === "container") {
    const exempt = exemptContainer(own);
    const violated = bound([...exempt.map((each) => `!(${each})`), ...violatedParts(rule, [])].join(" && "));
    const lists = (definition.containers ?? containerTypes).map((type) => `variables.${type}`).join(" + ");
    const names = `(${lists}).filter(container, ${violated}).map(container, container.name)`;
    const found = { name: `c${index}`, expression: guard === "" ? names : `${guard} ? ${names} : []` };
    const message = `${text(`[${rule.id}] container `)} + variables.c${index}.join(', ') + ${text(` ${definition.message}. ${definition.remedy}`)}`;
    return [...before, found, { name: `m${index}`, expression: `variables.c${index}.size() == 0 ? '' : ${message}` }];
  }
  const condition = [
    ...(guard === "" ? [] : [guard]),
    bound(violatedParts(rule, sharedConditions(group)).join(" && ")),
  ].join(" && ");
  const message = text(`[${rule.id}] ${definition.message}. ${definition.remedy}`);
  return [...before, { name: `m${index}`, expression: `${condition} ? ${message} : ''` }];
}

/** Conditions under which the subject violates the norm. */
function violatedParts(rule: CompiledRule, shared: readonly string[]): readonly string[] {
  const { when } = rule.definition;
  const index = when === undefined ? -1 : shared.indexOf(when);
  const condition = index < 0 ? when : `variables.shared${index}`;
  return [...(condition === undefined ? [] : [`(${condition})`]), `!(${validExpression(rule)})`];
}

function validExpression(rule: CompiledRule): string {
  const { valid, versions } = rule.definition;
  if (versions === undefined) return valid ?? "true";
  const choices = versions.map(
    ({ since, valid: expression }) => `variables.minor >= ${minorOf(since)} ? (${expression})`,
  );
  return [...choices.reverse(), "true"].join(" : ");
}

/** Conditions on the object as a whole under which the rule applies; empty where there are none. */
function guardOf(rule: CompiledRule, group: Group, exemptions: readonly Exemption[]): string {
  const { definition } = rule;
  const lowered = definition.podSecurity === "restricted" ? "['privileged', 'baseline']" : "['privileged']";
  const parts = [
    ...(group.workloads ? ["variables.hasPod"] : []),
    ...(definition.podSecurity === undefined ? [] : [`!(variables.enforced in ${lowered})`]),
    ...(definition.subject === "workload" && definition.kinds !== undefined ? [kindGuard(definition.kinds)] : []),
    ...exemptObject(exemptions).map((each) => `!(${each})`),
  ];
  return parts.join(" && ");
}

function kindGuard(kinds: readonly string[]): string {
  const each = kinds.map((name) => {
    const { group, kind } = splitKind(name);
    const version =
      group === "" ? "!object.apiVersion.contains('/')" : `object.apiVersion.startsWith(${text(`${group}/`)})`;
    return `(object.kind == ${text(kind)} && ${version})`;
  });
  return `(${each.join(" || ")})`;
}

function binding(group: Group) {
  const matchResources = selectors(group);
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: group.name, labels: managedLabels },
    spec: {
      policyName: group.name,
      validationActions: group.action === "deny" ? ["Deny"] : ["Warn", "Audit"],
      ...(matchResources !== undefined && { matchResources }),
    },
  };
}

/** Operators' workloads and every pod are refused; the suite's templates are warned about. */
function splitBindings(group: Group): readonly JsonObject[] {
  const { spec } = binding({ ...group, scope: "suite" });
  const ofSuite = (suffix: string, actions: readonly string[], kinds: readonly string[]): JsonObject => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: `${group.name}-${suffix}`, labels: managedLabels },
    spec: {
      ...spec,
      validationActions: actions,
      matchResources: { ...selectors({ ...group, scope: "suite" }), resourceRules: resourceRules(kinds) },
    },
  });
  return [
    ...(group.scope === "suite" ? [] : [binding({ ...group, scope: "operator" })]),
    ofSuite("suite-pods", ["Deny"], ["Pod"]),
    ofSuite(
      "suite-templates",
      ["Warn", "Audit"],
      group.kinds.filter((kind) => kind !== "Pod"),
    ),
  ];
}

/**
 * Only what the program owns: what is in a namespace by that namespace's role, Namespaces by their own, other cluster-scoped
 * objects by their label. A namespaceSelector matches a Namespace by the labels that it would have, and a patch that takes
 * its role off would go unjudged; an objectSelector matches by the labels before as well (Kubernetes API, MatchResources).
 */
function selectors(group: Group): JsonObject | undefined {
  if (group.scope === "cluster") return undefined;
  const roles = group.scope === "owned" ? ["suite", "operator"] : [group.scope];
  const byRole = { matchExpressions: [{ key: label.role, operator: "In", values: roles }] };
  if (!group.clusterScoped) return { namespaceSelector: byRole };
  return group.kinds.every((kind) => kind === "Namespace")
    ? { objectSelector: byRole }
    : { objectSelector: { matchLabels: { [label.managed]: "true" } } };
}
