import { BARMAN, BIN } from "./support-postgresql";
import { destroyedAtRandom, kept, table } from "./support-destroyed";
import { needFile, needTools } from "../support/needs";

const MEGABYTES = 64;

describe("A database that is destroyed at random moments", function () {
  this.timeout(900_000);

  it("comes back with at most a minute lost, within five, twice", async function () {
    needFile(this, `${BIN}/postgres`);
    needFile(this, BARMAN);
    const { weed } = await needTools(this, "weed");
    const seed = Date.now() % 1_000_000;
    console.log(
      `      seed ${String(seed)}; PostgreSQL 15 and barman-cloud of Debian, SeaweedFS over TLS with lock and encryption`,
    );
    const figures = await destroyedAtRandom(weed, { moments: 2, megabytes: MEGABYTES, seed });
    console.log(table(figures, MEGABYTES));
    kept(figures);
  });
});
