import { BARMAN, BIN } from "./support-postgresql";
import { destroyedAtRandom, kept, table } from "./support-destroyed";
import { needFile, needTools } from "../support/needs";

/** `npm run test:data-long`: the same as test/data/postgresql.test.ts, on a gigabyte and at twenty moments. */
const MEGABYTES = 1000;
const MOMENTS = 20;

describe("A database of a gigabyte that is destroyed at random moments", function () {
  this.timeout(4 * 3_600_000);

  it(`comes back with at most a minute lost, within five, ${String(MOMENTS)} times`, async function () {
    needFile(this, `${BIN}/postgres`);
    needFile(this, BARMAN);
    const { weed } = await needTools(this, "weed");
    const seed = Date.now() % 1_000_000;
    console.log(`      seed ${String(seed)}`);
    const figures = await destroyedAtRandom(weed, { moments: MOMENTS, megabytes: MEGABYTES, seed });
    console.log(table(figures, MEGABYTES));
    kept(figures);
  });
});
