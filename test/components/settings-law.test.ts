import assert from "node:assert/strict";
import * as fc from "fast-check";
import { stackNames } from "../snapshots/stack";
import {
  givenOf,
  isChoice,
  keyOf,
  outcomeOf,
  settingsOf,
  type Given,
  type Outcome,
  type Setting,
} from "./settings-law";

const SAMPLES = 40;

/** What changes nothing of any stack, and where it counts. */
const elsewhere: readonly (readonly [key: RegExp, where: string])[] = [
  [/^state\.backend$/, "compared with the backend in use (config/load.ts)"],
  [/^cluster\.(kubeconfig|context)$/, "which cluster is called"],
  [/^(network\.antivirus|operators\.databases\.store)\.cidrs/, "where the network plugin knows no host names"],
  [/^network\.identityProvider\.host$/, "where it knows them"],
  [/^admission\.keptNetworkPolicies\.\*\.reason$/, "for who reads the stack's file"],
];

describe("every setting changes the plan, or is refused", function () {
  this.timeout(1_200_000);
  /** By key: the stacks that have it, each with two places, which do for all entries of a list and all apps. */
  const places = new Map<string, { readonly given: Given; readonly setting: Setting }[]>();
  before(() => {
    for (const stack of stackNames()) {
      const given = givenOf(stack);
      for (const setting of settingsOf(given)) {
        const all = places.get(keyOf(setting)) ?? [];
        if (all.filter((each) => each.given === given).length < 2) all.push({ given, setting });
        places.set(keyOf(setting), all);
      }
    }
  });

  /** Whether it does in some stack. */
  const counts = (key: string): boolean =>
    (places.get(key) ?? []).some(({ given, setting }) => {
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
