import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { imagesTable } from "../../embedded/nodes/images";
import { isLong, skip } from "../support/needs";
import { proofs } from "./proofs";
import { proofTable, type Row } from "./proofs/proof";
import { corpus, World } from "./proofs/world";

/** Of what went otherwise than claimed. */
const SHOWN = 40;

describe("the platform on real nodes", function () {
  this.timeout(15 * 60_000);
  let world: World | undefined;
  const rows: Row[] = [];
  const notes: string[] = [];

  before(async function () {
    if (!existsSync(corpus)) skip(this, "../shared/corpus is not there");
    world = await World.up(this);
  });
  after(async () => {
    if (rows.length > 0)
      console.log(["", proofTable(rows), "", ...notes, "", ...imagesTable(world?.images ?? []), ""].join("\n"));
    await world?.down();
  });

  for (const proof of proofs) {
    const { claim, long = false } = proof;
    it(claim, async function () {
      if (long && !isLong()) skip(this, "takes minutes: npm run test:node");
      assert.ok(world !== undefined);
      const began = Date.now();
      const outcome = await proof.run(world);
      const { tries, wrong, skipped } = outcome;
      if (skipped !== undefined) skip(this, skipped);
      rows.push({ claim, tries, right: tries - wrong.length, seconds: (Date.now() - began) / 1000 });
      notes.push(...(outcome.notes ?? []).map((note) => `${claim}: ${note}`));
      // At once: the report comes at the end, minutes later.
      for (const line of wrong.slice(0, SHOWN)) console.log(`      ${line}`);
      assert.ok(tries > 0, "nothing was tried");
      assert.deepEqual(wrong.slice(0, SHOWN), [], `${String(wrong.length)} of ${String(tries)} went otherwise`);
    });
  }
});
