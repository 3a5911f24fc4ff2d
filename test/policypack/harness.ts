import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { z } from "zod";
import { contextIn, Engine, readObject } from "../../policypack/engine/engine";
import type { Finding } from "../../policypack/engine/findings";
import { asList, asObject, type Json } from "../../lib/json";
import { rulesDirectory } from "../../policypack/engine/load";
import { scopeOf } from "../../policypack/engine/rule";
import type { Rule } from "../../policypack/engine/rule";
import { policySettings, type PolicySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";
import type { StackObject } from "../../policypack/engine/stack";
import { containerTypes, type ContainerType } from "../../policypack/engine/workload";
import type { IsUnknown } from "../../policypack/engine/view";

import { allowedContainer, expanded, type Company } from "./fixtures";

export const TODAY = "2026-06-01";

/** One document of a fixture: the objects of one stack (one object, or the items of a List). */
export interface Fixture {
  readonly file: string;
  readonly document: number;
  readonly objects: readonly unknown[];
  /** The same for every other holder of a container or pod that is written as a fragment. */
  readonly others: readonly (readonly unknown[])[];
}

/** The documents of `<rule>.good.yaml` or `<rule>.bad.yaml`; of a fragment the holder changes from one to the next. */
export function fixtures(rule: Rule, which: "good" | "bad"): readonly Fixture[] {
  const file = (name: string): string => join(rulesDirectory, `${rule.id}.${name}.yaml`);
  return once(documents, file(which), () => {
    const beside = allowedContainer(documentsOf(file("good")));
    return readFixtures(file(which), { beside, slots: judgedSlots(rule) });
  });
}

/** Every mutant of a rule is held against the same documents: a file is read once. */
const documents = new Map<string, readonly Fixture[]>();
const settings = new Map<string, PolicySettings>();

function once<T>(known: Map<string, T>, key: string, make: (key: string) => T): T {
  const found = known.get(key) ?? make(key);
  known.set(key, found);
  return found;
}

function judgedSlots({ type, definition }: Rule): readonly ContainerType[] {
  const listed = type === "expression" && definition.subject === "container" ? definition.containers : undefined;
  return listed ?? containerTypes;
}

function readFixtures(file: string, company: Company): readonly Fixture[] {
  return expanded(documentsOf(file), company).map((holders, document) => {
    const chosen = document % holders.length;
    const [objects, ...others] = [...holders.slice(chosen), ...holders.slice(0, chosen)].map(unwrap);
    if (objects === undefined) throw new Error(`${file}, document ${document}: stands for no object`);
    return { file, document, objects, others };
  });
}

function documentsOf(file: string): readonly Json[] {
  if (!existsSync(file)) return [];
  const documents = z.array(z.json()).parse(loadAll(readFileSync(file, "utf8")));
  return documents.filter((document) => document !== null);
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
