import assert from "node:assert/strict";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { isLinear } from "../../policypack/engine/cel/linear";
import { holds } from "../../policypack/engine/cel/parts";
import { patternOf } from "../../policypack/engine/cel/regex";

/** Text of few characters, so that parts of it come back, at lengths around which another way is taken. */
const text = (characters: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.string({ unit: fc.constantFrom(...characters), maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...characters), maxLength: 40 }),
      fc.constantFrom(1, 30, 200),
    )
    .map(([repeated, end, times]) => repeated.repeat(times) + end);

describe("matching by the quicker way", () => {
  it("finds a part where String.includes finds it", () => {
    fc.assert(
      fc.property(text("abcé"), fc.string({ unit: fc.constantFrom(..."abcé"), maxLength: 6 }), (whole, part) => {
        assert.equal(holds(whole, part), whole.includes(part));
      }),
      { numRuns: 1_000 },
    );
  });

  it("matches what RE2 matches, whatever the text holds and however long it is", () => {
    const sources = [
      "(^|[^a-z])a[ab]{2,8}=b",
      "a.b",
      "^(a|b=[^=]*=)*$",
      "(?i)ak[sé]",
      "a\\s+b",
      "^[^=]*$",
      "a\\b",
      "(b|ba)*=$",
      "[^a]{3}é",
    ];
    for (const source of sources) {
      const re2 = RE2JS.compile(source);
      fc.assert(
        fc.property(text("ab=k \r\v\u2028\u212aé"), (each) => {
          assert.equal(patternOf(source).test(each), re2.test(each), `${source} on ${JSON.stringify(each)}`);
        }),
        { numRuns: 1_000 },
      );
    }
  });

  it("knows which expressions JavaScript's engine matches in linear time", () => {
    for (const source of ["://[^/:@]*:[^/@:]*@", "^.*$", "a{1,500}=", "^(a[^ab]*)*b$", "(ab|b[^abc]*)c"])
      assert.ok(isLinear(source, false), source);
    // Two ways for each repetition, the same text from each of its places, and a repetition of what is repeated.
    for (const source of ["^a*a*b", "[a-z]+@", "^(a+)+$", "^(a|aa)+$", "a{0,99}a", "(a?){0,99}b", ".*x"])
      assert.ok(!isLinear(source, false), source);
    assert.ok(isLinear("^a*A$", false));
    assert.ok(!isLinear("^a*A$", true), "case does not matter");
  });
});
