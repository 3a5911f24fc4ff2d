/** Random objects for the scanner, from a seed: real ones with parts replaced, removed, repeated or of another type. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { Engine, readObject } from "../../policypack/engine/engine";
import { loadRules, rulesDirectory } from "../../policypack/engine/load";
import { policySettings } from "../../config/policies";
import { StackIndex } from "../../policypack/engine/stack";

/** A generator of numbers in [0, 1) that repeats for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const oddities: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, Number.NaN, "", "*", "\u0000", "1.1.1.1/33", "9".repeat(400)],
  ...[[], {}, [[]], [null], { "": {} }, { matchLabels: [] }, ["ALL", 1, {}]],
];

/** A copy of a value in which each part is changed with this chance. */
export function mutate(value: unknown, next: () => number, chance: number): unknown {
  if (next() < chance) return oddities[Math.floor(next() * oddities.length)];
  if (Array.isArray(value)) {
    const items = value.map((each: unknown) => mutate(each, next, chance));
    return next() < chance ? [...items, ...items] : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(() => next() >= chance / 2);
  return Object.fromEntries(entries.map(([key, each]) => [key, mutate(each, next, chance)]));
}

/** Judges `count` mutated fixtures with every rule on, in stacks of a hundred. Throws where the engine does. */
export function fuzz(seed: number, count: number): { readonly objects: number; readonly findings: number } {
  const rules = loadRules();
  const originals = rules.flatMap(({ id }) => loadAll(readFileSync(join(rulesDirectory, `${id}.bad.yaml`), "utf8")));
  const engine = new Engine(rules, { ...policySettings.parse({}), profile: "strict" }, "2026-06-01");
  const next = random(seed);
  let objects = 0;
  let findings = 0;
  for (let done = 0; done < count; done += 100) {
    const batch = Array.from({ length: Math.min(100, count - done) }, () =>
      mutate(originals[Math.floor(next() * originals.length)], next, 0.04),
    );
    const entries = batch.flatMap((raw) => readObject(raw) ?? []);
    objects += entries.length;
    try {
      findings += engine.judgeAll(new StackIndex(entries, { unlisted: "owned" }), "any").length;
    } catch (error) {
      throw new Error(
        `seed ${seed}, objects ${done} to ${done + batch.length}: ${JSON.stringify(batch).slice(0, 2_000)}`,
        {
          cause: error,
        },
      );
    }
  }
  return { objects, findings };
}

if (require.main === module) {
  const [seed = Date.now() % 2 ** 31, count = 1_000_000] = process.argv.slice(2).map(Number);
  console.log(`seed ${seed}, ${count} objects`);
  console.log(fuzz(seed, count));
}
