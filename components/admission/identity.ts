/**
 * The right to change what guards the platform: a verb on a resource that no API serves. Whoever has every right has it
 * (`cluster-admin`, `system:masters`), and a stack that is not run as cluster-admin gets it by a ClusterRole with exactly
 * this rule. No rule of an operator matches it: those name groups, or verbs that exist.
 */
const OVERRULE = { group: "mijnbureau-platform", resource: "guards", verb: "overrule" } as const;

/** CEL: the request comes from who has that right. */
export const mayOverrule = `authorizer.group("${OVERRULE.group}").resource("${OVERRULE.resource}").check("${OVERRULE.verb}").allowed()`;
