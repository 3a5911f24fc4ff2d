import assert from "node:assert/strict";

/** Every sentence is one of those that are wanted, each wanted one is there, and none is there twice. */
export function assertMatches(found: readonly string[], wanted: readonly RegExp[]): void {
  const of = (sentence: string): RegExp[] => wanted.filter((pattern) => pattern.test(sentence));
  const seen = found.map((sentence) => of(sentence)[0]);
  assert.deepEqual(
    {
      unwanted: found.filter((sentence) => of(sentence).length === 0),
      missing: wanted.filter((pattern) => !found.some((sentence) => pattern.test(sentence))),
      twice: found.filter((_, index) => seen[index] !== undefined && seen.indexOf(seen[index]) !== index),
    },
    { unwanted: [], missing: [], twice: [] },
  );
}
