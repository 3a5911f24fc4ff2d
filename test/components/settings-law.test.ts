import assert from "node:assert/strict";
import * as fc from "fast-check";
import { givenOf, isChoice, keyOf, outcomeOf, settingsOf, type Outcome, type Setting } from "./settings-law";

const SAMPLES = 40;

/** Whose settings are changed; what it has no use for is named below. */
const STACK = "prod-nl-north";

/** What changes nothing of this stack, and where it counts. */
const elsewhere: readonly (readonly [key: RegExp, where: string])[] = [
  [/^state\.backend$/, "compared with the backend in use (config/load.ts)"],
  [/^cluster\.(kubeconfig|context)$/, "which cluster is called"],
  [/^network\.podsInNodeRange$/, "lets ranges overlap that are refused without it (config/network.ts)"],
  [/^network\.exemptNamespaces/, "with network.clusterDefaultDeny: cluster"],
  [/^network\.monitoring\.podLabels/, "of a Prometheus that the stack does not install"],
  [/^network\.internet\..*cidrs/, "where the network plugin knows no host names"],
  [/^(network\.cnpgOperator|operators\.databases)\./, "with databases of CloudNativePG"],
  [/^policies\.podSecurityVersion$/, "only what the pack is asked without a namespace's pin"],
];

describe("every setting changes the plan, or is refused", function () {
  this.timeout(1_200_000);
  const given = givenOf(STACK);
  const places = new Map<string, Setting[]>();
  for (const setting of settingsOf(given)) {
    const key = keyOf(setting);
    // Two do for all entries of a list and all apps.
    places.set(key, [...(places.get(key) ?? []), setting].slice(0, 2));
  }

  const counts = (key: string): boolean =>
    (places.get(key) ?? []).some((setting) => {
      const outcome: Outcome = outcomeOf(given, setting);
      return outcome === "plan" || (outcome === "refused" && isChoice(setting));
    });

  it(`for ${SAMPLES} keys that are drawn anew each time`, () => {
    const seed = Date.now() % 2 ** 31;
    const keys = [...places.keys()].filter((key) => !elsewhere.some(([known]) => known.test(key)));
    console.log(`      seed ${seed}, ${SAMPLES} of ${keys.length} keys`);
    fc.assert(
      fc.property(fc.constantFrom(...keys), (key) => {
        assert.ok(counts(key), `${key}: nothing changes with another value`);
      }),
      { seed, numRuns: SAMPLES, endOnFailure: true },
    );
  });

  it("but what counts elsewhere, and the law can tell it", () => {
    assert.equal(counts("cluster.context"), false);
    assert.equal(counts("owner"), true);
  });
});
