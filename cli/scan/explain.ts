import type { Rule } from "../../policypack/engine/rule";
import { nearest } from "../../lib/nearest";
import { checkId, mappingOf, tools } from "../../policypack/external-checks";
import { UsageError } from "./arguments";
import { ruleText } from "./rule-text";

/** A rule in words, by its id or by that of another scanner's check. Throws UsageError where there is none. */
export function explain(rules: readonly Rule[], id: string): string {
  const rule = rules.find((each) => each.id === id);
  if (rule !== undefined) return ruleText(rule);
  const foreign = explainCheck(rules, id);
  if (foreign !== undefined) return foreign;
  const name = id.split("/").at(-1) ?? id;
  const ids = rules.map((each) => each.id);
  const near = ids.filter((each) => each.includes(name));
  const likely =
    nearest(id, ids) ??
    nearest(
      name,
      ids.map((each) => each.split("/").at(-1) ?? each),
    );
  const guesses = near.length > 0 ? near : ids.filter((each) => each === likely || each.endsWith(`/${likely}`));
  const hint = guesses.length === 0 ? "see docs/rules for the ids" : `did you mean ${guesses.slice(0, 5).join(", ")}?`;
  throw new UsageError(`--explain ${id}: there is no such rule; ${hint}`);
}

/** Our rules for a check of another scanner, or why there is none; undefined where no scanner has a check of this id. */
function explainCheck(rules: readonly Rule[], id: string): string | undefined {
  const found = tools.flatMap((tool) => {
    const check = checkId(tool, id);
    return mappingOf(tool, rules).filter((each) => each.check.toLowerCase() === check.toLowerCase());
  });
  const named = rules.filter(({ definition: { standards } }) =>
    Object.values(standards).some((each: unknown) => Array.isArray(each) && each.some((one) => sameId(one, id))),
  );
  const ids = new Set([...found.flatMap((each) => each.rules), ...named.map((each) => each.id)]);
  const reasons = found.flatMap(({ reason }) => reason ?? []);
  if (ids.size === 0 && reasons.length === 0) return undefined;
  const own = rules.filter((each) => ids.has(each.id)).map(ruleText);
  const head = own.length === 0 ? `${id}: there is no rule for it.` : `${id} is answered by ${[...ids].join(", ")}.`;
  return [[head, ...reasons.map((reason) => `Why:     ${reason}`), ""].join("\n"), ...own].join("\n");
}

function sameId(one: unknown, id: string): boolean {
  return typeof one === "string" && one.toLowerCase() === id.toLowerCase();
}
