import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { contextIn, Engine, readObject } from "../../policypack/engine/engine";
import type { Finding } from "../../policypack/engine/findings";
import { asList, asObject } from "../../lib/json";
import { rulesDirectory } from "../../policypack/engine/load";
import { scopeOf } from "../../policypack/engine/rule";
import type { Rule } from "../../policypack/engine/rule";
import { policySettings, type PolicySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import type { IsUnknown } from "../../policypack/engine/view";

export const TODAY = "2026-06-01";

/** One document of a fixture: the objects of one stack (one object, or the items of a List). */
export interface Fixture {
  readonly file: string;
  readonly document: number;
  readonly objects: readonly unknown[];
}

/** The documents of `<rule>.good.yaml` or `<rule>.bad.yaml`. */
export function fixtures(rule: Rule, which: "good" | "bad"): readonly Fixture[] {
  return once(documents, join(rulesDirectory, `${rule.id}.${which}.yaml`), readFixtures);
}

/** Every mutant of a rule is held against the same documents: a file is read once. */
const documents = new Map<string, readonly Fixture[]>();
const settings = new Map<string, PolicySettings>();

function once<T>(known: Map<string, T>, key: string, make: (key: string) => T): T {
  const found = known.get(key) ?? make(key);
  known.set(key, found);
  return found;
}

function readFixtures(file: string): readonly Fixture[] {
  if (!existsSync(file)) return [];
  return loadAll(readFileSync(file, "utf8"))
    .filter((document) => document !== null && document !== undefined)
    .map((document, index) => ({ file, document: index, objects: unwrap(document) }));
}

function unwrap(document: unknown): readonly unknown[] {
  const object = asObject(document);
  return object?.["kind"] === "List" ? asList(object["items"]) : [document];
}

/** Settings in which exactly this rule is mandatory, with the parameters of its fixtures. */
export function settingsFor({ id }: Rule): PolicySettings {
  return once(settings, id, () => {
    const file = join(rulesDirectory, `${id}.parameters.yaml`);
    const parameters = existsSync(file) ? load(readFileSync(file, "utf8")) : undefined;
    return policySettings.parse({
      rules: { [id]: { level: "mandatory", ...(parameters !== undefined && { parameters }) } },
    });
  });
}

export interface JudgeOptions {
  readonly isUnknown?: IsUnknown;
  readonly podSecurityVersion?: string;
  readonly unlisted?: "others" | "owned";
}

/** What one rule says about the objects of a stack. */
export function judge(rule: Rule, objects: readonly unknown[], options: JudgeOptions = {}): Finding[] {
  const engine = new Engine([rule], settingsFor(rule), TODAY);
  const entries = objects
    .map((object) => readObject(object, {}, options.isUnknown))
    .filter((entry): entry is StackObject => entry !== undefined);
  const stack = new StackIndex(entries, { unlisted: options.unlisted ?? "others" });
  const scope = scopeOf(rule.definition);
  const single = entries.flatMap((entry) => {
    const context = contextIn(stack, entry, scope === "suite" || scope === "operator" ? scope : "any");
    return engine.judge(
      entry,
      options.podSecurityVersion === undefined
        ? context
        : { ...context, podSecurityVersion: options.podSecurityVersion },
      stack,
    );
  });
  return [...single, ...engine.judgeStack(stack)];
}
