import { Expression } from "./cel/expression";
import { asObject } from "../../lib/json";
import type { JsonObject } from "../../lib/json";
import type { ExpressionRule, Level, RuleText, Standards } from "./rule";
import { RuleDefinitionError, scopeOf } from "./rule";
import type { PolicySettings } from "../../config/policies";

/** The level a stack gives a rule: its own setting, else the profile's. */
export function levelOf(text: RuleText, settings: PolicySettings): Level {
  return settings.rules[text.id]?.level ?? text.levels[settings.profile];
}

/** The parameters of a rule: its defaults with what the stack sets on top. Throws zod's error where they do not fit. */
export function parametersOf(
  definition: RuleText & Pick<ExpressionRule["definition"], "parameters">,
  settings: PolicySettings,
): JsonObject {
  const set = settings.rules[definition.id]?.parameters ?? {};
  if (definition.parameters === undefined) return {};
  return asObject(definition.parameters.parse(set)) ?? {};
}

/**
 * The minor of a Kubernetes version: 35 for "1.35", "v1.35"; Infinity for "latest" and for what is no version;
 * NaN for "unknown".
 */
export function minorOf(version: string): number {
  if (version === "unknown") return Number.NaN;
  const match = /^v?1\.(\d+)$/.exec(version);
  return match?.[1] === undefined ? Number.POSITIVE_INFINITY : Number(match[1]);
}

interface Version {
  readonly since: number;
  readonly source: string;
  expression?: Expression;
}

const NONE: readonly Expression[] = [];

/** A rule with the stack's settings applied; expressions are parsed when first used. */
export class CompiledRule {
  readonly definition: ExpressionRule["definition"];
  readonly id: string;
  readonly level: Level;
  readonly scope: ReturnType<typeof scopeOf>;
  readonly params: JsonObject;
  readonly standards: Standards;
  private readonly versions: readonly Version[];
  private readonly chosen = new Map<number, readonly Expression[]>();
  private whenExpression: Expression | undefined;
  private detailExpression: Expression | undefined;

  constructor(rule: ExpressionRule, settings: PolicySettings) {
    const { definition } = rule;
    this.definition = definition;
    this.id = rule.id;
    this.level = levelOf(definition, settings);
    this.scope = scopeOf(definition);
    this.params = parametersOf(definition, settings);
    this.standards = definition.standards;
    const versions = definition.versions ?? [{ since: "1.0", valid: definition.valid ?? "true" }];
    this.versions = versions.map(({ since, valid }) => ({ since: minorOf(since), source: valid }));
  }

  /**
   * The expression that holds at a Pod Security version: none before the rule's first, and all of them where the
   * version is not known.
   */
  valid(minor: number): readonly Expression[] {
    const known = this.chosen.get(minor);
    if (known !== undefined) return known;
    const found = this.choose(minor);
    this.chosen.set(minor, found);
    return found;
  }

  private choose(minor: number): readonly Expression[] {
    if (Number.isNaN(minor)) return this.versions.map((version) => this.expressionOf(version));
    let found: Version | undefined;
    for (const version of this.versions) if (version.since <= minor) found = version;
    return found === undefined ? NONE : [this.expressionOf(found)];
  }

  private expressionOf(version: Version): Expression {
    return (version.expression ??= this.parse(version.source));
  }

  when(): Expression | undefined {
    if (this.definition.when === undefined) return undefined;
    return (this.whenExpression ??= this.parse(this.definition.when));
  }

  detail(): Expression | undefined {
    if (this.definition.detail === undefined) return undefined;
    return (this.detailExpression ??= this.parse(this.definition.detail));
  }

  private parse(source: string): Expression {
    try {
      return new Expression(source);
    } catch (error) {
      throw new RuleDefinitionError(this.id, error instanceof Error ? error.message : String(error));
    }
  }
}
