import type { NamespaceRole } from "../../../lib/labels";

/** A rule of `matchConstraints`. */
export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE")[];
  readonly resources: readonly string[];
}

export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** A change at admission in namespaces of the platform, as data: the API server and Kyverno read the same CEL. */
export interface Mutation {
  /** Below the platform's prefix. */
  readonly name: string;
  readonly title: string;
  readonly resources: ResourceRule;
  /** Roles of the namespaces that it is for; default: the suite. */
  readonly roles?: readonly NamespaceRole[];
  /** The one namespace that it is for, instead of a role. */
  readonly namespace?: string;
  /** Left out where Kyverno would do it: what it is for is then done later, or not at all. */
  readonly nativeOnly?: true;
  readonly conditions: readonly MatchCondition[];
  /** CEL of type `list<JSONPatch>`. One expression, so that all of it sees the object as it arrived. */
  readonly patch: string;
}
