import assert from "node:assert/strict";
import { commandLines, recogniser } from "../../policypack/rules/secrets/_recogniser";
import { mutationTests } from "./rules-mutants";

/** The piece that a text must hold only saves the time of looking for the whole. */
const prefilter = (text: string): string =>
  `${text}.contains(c.needs) && ${text}.matches(c.pattern) -> (${text}.matches(c.pattern))`;
/** The same of a text of many lines, and of a line. */
const lines = [
  "lower.contains(w) -> !lower.contains(w)",
  "params.words.exists(w, line.contains(w)) && line.matches(params.lines) -> (line.matches(params.lines))",
  "line.contains(w) -> !line.contains(w)",
];
/** A list item begins with its hyphen whatever follows it. */
const item = '"\\n-" -> "\\n-~"';

mutationTests("secrets", {
  "secrets/literal-annotation": [prefilter("given[k]"), ...lines, item],
  "secrets/literal-config-map": [prefilter("object.data[k]"), ...lines, item],
  "secrets/literal-environment": [prefilter("e.value"), ...lines, item],
  "secrets/literal-argument": lines,
  // Both the default interval and one that is none are shorter than any period of rotation.
  "secrets/generated-rotation": ['"1h" -> "1h~"'],
});

describe("the words that a line must hold", () => {
  it("leave out no line that the expression takes", () => {
    const { lines, words } = recogniser.parse({});
    const flags = commandLines.parse({}).lines;
    // Every word of the expressions that names a secret, as it stands between their alternatives.
    for (const word of [...`${lines}|${flags}`.matchAll(/[a-z]{2,}/g)].map(([found]) => found)) {
      const line = `${word}: abcdef1234`;
      if (!new RegExp(lines).test(line) && !new RegExp(flags).test(line)) continue;
      assert.ok(
        words.some((need) => line.includes(need)),
        line,
      );
    }
  });
});
