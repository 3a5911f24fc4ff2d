import assert from "node:assert/strict";
import { loadRules } from "../../policypack/engine/load";
import { bio2Measures, bio2Numbers } from "../../policypack/engine/norms/bio2";
import { controlsOf, named, norms } from "../../policypack/engine/norms/controls";
import { nis2OfControl, nis2Points } from "../../policypack/engine/norms/nis2";

describe("the norms", () => {
  const rules = loadRules();
  const controls = new Set(rules.flatMap(({ definition }) => definition.standards.iso27002 ?? []));

  it("BIO2: the mapping names measures that version 1.3 has, each once, and rules that exist", () => {
    const measures = bio2Measures.map(({ measure }) => measure);
    assert.equal(new Set(measures).size, measures.length);
    for (const measure of measures) assert.ok(bio2Numbers.includes(measure), measure);
    for (const pattern of bio2Measures.flatMap((measure) => measure.rules))
      assert.ok(
        rules.some(({ id }) => named([pattern], id)),
        pattern,
      );
  });

  it("BIO2: controls without a measure of their own are not printed as BIO2", () => {
    // Of version 1.3: "Geen overheidsmaatregel" at each of these.
    for (const control of ["8.09", "8.14", "8.06", "5.13", "8.10", "5.29", "8.23", "8.25", "5.07", "5.34"])
      assert.ok(!bio2Numbers.some((number) => number.startsWith(`${control}.`)), control);
    const printed = rules.flatMap(({ definition }) => controlsOf(definition));
    for (const { norm, control } of printed.filter((each) => each.norm === norms.bio2))
      assert.match(control, /^[5-8]\.\d\d\.\d\d$/, `${norm} ${control}`);
  });

  it("ISO 27002: the rules name controls of the standard", () => {
    const last: Readonly<Record<string, number>> = { "5": 37, "6": 8, "7": 14, "8": 34 };
    for (const control of controls) {
      const [chapter = "", number = ""] = control.split(".");
      assert.ok(Number(number) >= 1 && Number(number) <= (last[chapter] ?? 0), control);
    }
  });

  it("NIS2: every control that a rule names belongs to a point, but for privacy, which is another law's", () => {
    const without = [...controls].filter((control) => nis2OfControl[control] === undefined);
    assert.deepEqual(without, ["5.34"]);
    for (const control of Object.keys(nis2OfControl)) assert.ok(controls.has(control), control);
    for (const point of Object.values(nis2OfControl)) assert.ok(point in nis2Points, point);
  });

  it("a rule with the mark of the NSA's guidance is in a chapter of it", () => {
    const chapters = new Set([
      "Kubernetes Pod security",
      "Network separation and hardening",
      "Authentication and authorization",
      "Audit logging and threat detection",
      "Upgrading and application security practices",
    ]);
    const marked = rules.filter(({ definition }) => definition.standards.nsa === true);
    assert.ok(marked.length > 90);
    for (const { id, definition } of marked) {
      const found = controlsOf(definition).filter(({ norm }) => norm === norms.nsa);
      assert.ok(found.length === 1 && chapters.has(found[0]?.control ?? ""), id);
    }
  });
});
