import { z } from "zod";
import type { ClusterFacts } from "../../components/cluster/facts";
import { countedOf, knownNamespaces } from "../../components/counted";
import { operatorFacts } from "../../components/operator-facts";
import { inOrder, scanOperators } from "../../components/operators/frame/registry";
import { availableCapabilities } from "../../components/operators/frame/stack";
import type { Facts } from "../../components/operators/frame/facts";
import { parseConfig } from "../../components/settings";
import { ConfigError } from "../../config/errors";
import { configSchema } from "../../config/schema";
import { changed, leavesOf, type Path } from "../snapshots/leaves";
import { configOf, emptyCluster, wholeFrom } from "../snapshots/stack";
import type { Leaf } from "../snapshots/tree";

/** What a changed setting came to. */
export type Outcome = "plan" | "refused" | "nothing";

export interface Setting {
  readonly path: Path;
  readonly leaf: Leaf;
}

/** The settings of a stack, as its file could have them. */
export type Given = Readonly<Record<string, unknown>>;

/** With Traefik's own kinds: the limits of the edge are objects of these. */
const cluster: ClusterFacts = { ...emptyCluster, customResources: new Map([["middlewares.traefik.io", false]]) };

/** Through JSON: what is undefined is not there, and can be given again. */
const rawOf = (value: unknown): Given => z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(value)));

/** A stack with every default written out. */
export const givenOf = (stack: string): Given => rawOf(configOf(stack));

export const settingsOf = (given: Given): Setting[] => [...leavesOf(given)];

/** Values of the schema's enumerations: another choice is one of the same list. */
const enumerations: readonly (readonly string[])[] = (() => {
  const found: string[][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("const" in value && typeof value.const === "string") found.push([value.const]);
    if ("enum" in value && Array.isArray(value.enum)) found.push(value.enum.map(String));
    for (const inner of Object.values(value)) walk(inner);
  };
  const json = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  walk(json(configSchema));
  for (const { keys } of scanOperators()) walk(json(keys));
  return found;
})();

const next = (digit: string): string => String((Number(digit) + 1) % 10);

/** Other values that may be valid in the place of one. */
function othersOf(leaf: Leaf): readonly Leaf[] {
  if (typeof leaf === "boolean") return [!leaf];
  if (typeof leaf === "number") return [leaf + 1, leaf - 1, leaf + 10];
  if (leaf === null) return [];
  const listed = enumerations.filter((all) => all.includes(leaf)).flat();
  const textual = [
    `${leaf}x`,
    `x${leaf}`,
    // The last digit, the address before a prefix's length, the first digit.
    leaf.replace(/\d(?=\D*$)/, next),
    leaf.replace(/\d(?=\/\d+$)/, next),
    leaf.replace(/\d/, next),
    leaf.replace(/[a-z](?=[a-z]*$)/, "x"),
    "v1.33",
  ];
  return [...new Set([...listed, ...textual])].filter((other) => other !== leaf);
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    each instanceof Map ? [...each] : each instanceof Set ? [...each] : each,
  );

/** Everything that a configuration decides, as text. */
export function decided(raw: Given): string {
  const config = parseConfig(raw);
  return text([wholeFrom(config, cluster), countedOf(config), knownNamespaces(config, [])]);
}

/** What one operator comes down to; undefined where its settings are refused. */
function ofOperator(raw: Given, name: string): string | undefined {
  const config = parseConfig(raw);
  const operators = inOrder(scanOperators());
  const settings = config.operators[name] ?? {};
  const first = operatorFacts(config, cluster);
  const capabilities = availableCapabilities(operators, first.present);
  const facts: Facts = { ...first, capabilities, operatorNamespaces: ["monitoring", "velero"] };
  const operator = operators.find((each) => each.name === name);
  if (operator === undefined) return undefined;
  return text([
    operator.installed(settings, facts.present, facts.apps),
    operator.plan(facts, settings),
    operator.mutations(facts, settings),
    operator.ingressAnnotations(facts, settings),
    operator.routes(facts, settings),
    operator.appArmorProfiles(facts, settings),
  ]);
}

/** What becomes of a stack in which one setting has another value: the plan changes with one that is valid, or with none. */
export function outcomeOf(given: Given, { path, leaf }: Setting): Outcome {
  const [section, operator] = path;
  const own = section === "operators" && typeof operator === "string" ? operator : undefined;
  const changes = (raw: Given): boolean =>
    // Cheaper than the whole stack, and enough for most.
    (own !== undefined && ofOperator(raw, own) !== ofOperator(given, own)) || decided(raw) !== before(given);
  let valid = false;
  for (const other of othersOf(leaf)) {
    try {
      if (changes(changed(given, path, other))) return "plan";
      valid = true;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
  }
  return valid ? "nothing" : "refused";
}

const known = new Map<Given, string>();
function before(given: Given): string {
  const found = known.get(given) ?? decided(given);
  known.set(given, found);
  return found;
}

/** A setting by its place, whichever app or entry of a list it is of. */
export const keyOf = ({ path }: Setting): string =>
  path
    .map((step) => (typeof step === "number" ? "*" : step))
    .join(".")
    .replace(/^(apps|network\.datastores)\.\w+/, "$1.*");

/** One of a few values, each of which asks for other keys: another is refused without them. */
export const isChoice = ({ leaf }: Setting): boolean =>
  typeof leaf === "boolean" || (typeof leaf === "string" && enumerations.some((all) => all.includes(leaf)));
