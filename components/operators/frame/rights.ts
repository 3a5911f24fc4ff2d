/** A rule of a Role, as Kubernetes writes it. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** One verb on one kind, or on one path of the API server. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** The one object that it is for; absent: every object. */
  readonly name?: string;
}

const PATH = "path";

export const READ = ["get", "list", "watch"] as const;

/** The rights that rules grant, one by one; wildcards stay as they are. */
function rightsOf(rules: readonly PolicyRule[]): Right[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }) => [
    ...verbs.flatMap((verb) => nonResourceURLs.map((resource) => ({ verb, group: PATH, resource }))),
    ...verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource): Right[] =>
          resourceNames.length === 0
            ? [{ verb, group, resource }]
            : resourceNames.map((name) => ({ verb, group, resource, name })),
        ),
      ),
    ),
  ]);
}

const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

/** As RBAC matches (k8s.io/kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go): "*" and "*<slash>sub" are wildcards. */
function matchesResource(resources: readonly string[], resource: string): boolean {
  const [, sub] = resource.split("/");
  return has(resources, resource) || (sub !== undefined && resources.includes(`*/${sub}`));
}

/** Whether a rule grants the right. A right on every object needs a rule without names. */
export function grants(rule: PolicyRule, { verb, group, resource, name }: Right): boolean {
  if (!has(rule.verbs, verb)) return false;
  if (group === PATH) return (rule.nonResourceURLs ?? []).some((path) => coversPath(path, resource));
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups ?? [], group) &&
    matchesResource(rule.resources ?? [], resource) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

const coversPath = (rule: string, path: string): boolean =>
  rule === path || (rule.endsWith("*") && path.startsWith(rule.slice(0, -1)));

/** Those rights of `asked` that none of the `known` rules has. */
export function beyond(asked: readonly PolicyRule[], known: readonly PolicyRule[]): Right[] {
  return rightsOf(asked).filter((right) => !known.some((rule) => grants(rule, right)));
}

/** "create jobs.batch", "update secrets (external-secrets-webhook)", "get /metrics". */
export function rightText({ verb, group, resource, name }: Right): string {
  if (group === PATH) return `${verb} ${resource}`;
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` (${name})`}`;
}

/** The rules of an object as a manifest or a chart's render holds it; undefined where it holds none. */
export function rulesIn(object: unknown): PolicyRule[] | undefined {
  const rules = typeof object === "object" && object !== null && "rules" in object ? object.rules : undefined;
  return Array.isArray(rules) ? rules.filter(isRule) : undefined;
}

function isRule(value: unknown): value is PolicyRule {
  return typeof value === "object" && value !== null && "verbs" in value && Array.isArray(value.verbs);
}
