import assert from "node:assert/strict";
import { inlineTexts } from "../../../components/admission/cel";
import { planPlatform } from "../../../components/plan";
import { configOf, DAY, emptyCluster } from "../../snapshots/stack";

describe("regular expressions at admission", () => {
  it("are literals wherever a parameter is one expression, so that the API server compiles them once", () => {
    const { rules } = planPlatform(configOf("with-everything"), emptyCluster, DAY);
    const read = JSON.stringify(rules).match(/\.(?:matches|find|findAll)\(params\.\w+/g) ?? [];
    assert.deepEqual(read, []);
    // The check sees them: the recogniser of secrets has the largest.
    assert.match(JSON.stringify(rules), /e\.name\.matches\('\[a-z0-9\]\(Secret\|Token/);
  });

  it("stand for the name of the parameter alone", () => {
    const params = { known: "it's [a-z]\\d", words: ["one"], most: 3 };
    const known = "'it\\'s [a-z]\\\\d'";
    const rows: readonly (readonly [expression: string, inlined: string])[] = [
      ["name.matches(params.known)", `name.matches(${known})`],
      ["params.known + params.known", `${known} + ${known}`],
      ["params.words.exists(w, w == params.known)", `params.words.exists(w, w == ${known})`],
      ["params.most > 2 && params.unknown", "params.most > 2 && params.unknown"],
      ['x == \'params.known\' || x == "a\\" params.known"', 'x == \'params.known\' || x == "a\\" params.known"'],
      ["other.params.known + myparams.known", "other.params.known + myparams.known"],
      ["params.knowns", "params.knowns"],
    ];
    assert.deepEqual(
      rows.map(([expression]) => [expression, inlineTexts(expression, params)]),
      rows,
    );
  });
});
