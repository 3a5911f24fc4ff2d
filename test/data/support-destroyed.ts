import assert from "node:assert/strict";
import {
  ARCHIVE_TIMEOUT_SECONDS,
  archiveName,
  RECOVERY_POINT_SECONDS,
} from "../../components/operators/databases/archive";
import { sleep } from "../../embedded/cluster/files";
import { random } from "../fuzz/objects";
import { lockedBucket, objectStore, type ObjectStore } from "../controllers/s3";
import { Bench, planned, Server } from "./support-postgresql";

export const BACK_WITHIN_SECONDS = 300;
const BUCKET = "databases";

export interface Figures {
  readonly moment: number;
  readonly rows: number;
  readonly lostSeconds: number;
  readonly lostRows: number;
  readonly backSeconds: number;
}

export const table = (figures: readonly Figures[], megabytes: number): string =>
  [
    `      moment (s)   rows at ${String(megabytes)} MB   lost (s)   lost rows   back (s)`,
    ...figures.map(
      ({ moment, rows, lostSeconds, lostRows, backSeconds }) =>
        `      ${moment.toFixed(1).padStart(10)}   ${String(rows).padStart(14)}   ${lostSeconds.toFixed(1).padStart(8)}   ${String(lostRows).padStart(9)}   ${backSeconds.toFixed(1).padStart(8)}`,
    ),
  ].join("\n");

/** A bench with an object store that locks and encrypts, and one database on it with a base backup. */
export async function databaseBench(weed: string, megabytes: number) {
  const bench = new Bench("mb-data");
  const store: ObjectStore = await objectStore(bench, weed);
  await store.start();
  await lockedBucket(store, BUCKET);
  const plan = planned(store, BUCKET);
  const server = await Server.at(`${bench.dir}/0`, { store, plan, archive: archiveName("docs-cluster", 1) });
  await server.create();
  await server.fill(megabytes);
  await server.backup();
  return { bench, store, plan, server, bucket: BUCKET };
}

/**
 * The database is destroyed at moments drawn from a seed, with everything on its disk, while rows are written; each time it
 * comes back from its archive alone, and goes on in the next one.
 */
export async function destroyedAtRandom(
  weed: string,
  { moments, megabytes, seed }: { moments: number; megabytes: number; seed: number },
): Promise<Figures[]> {
  const next = random(seed);
  const { bench, server: first } = await databaseBench(weed, megabytes);
  const figures: Figures[] = [];
  let server = first;
  try {
    for (let round = 1; round <= moments; round++) {
      const moment = 5 + next() * 2 * ARCHIVE_TIMEOUT_SECONDS;
      const before = await server.newest();
      const base = await server.checksum(before.id);
      const load = server.work();
      await sleep(moment * 1000);
      await server.destroy();
      const gone = Date.now();
      await load.stop();
      const next_ = await server.beside(`${bench.dir}/${String(round)}`, archiveName("docs-cluster", round + 1));
      await next_.restore(server.archive);
      const backSeconds = (Date.now() - gone) / 1000;
      const newest = await next_.newest();
      const { last } = load;
      const lost = [...load.acknowledged.entries()].filter(([id]) => id > newest.id).map(([, row]) => row.at);
      figures.push({
        moment,
        rows: newest.id,
        // From the first row that is gone on: what was written before it is there.
        lostSeconds: lost.length === 0 ? 0 : last.at - Math.min(...lost),
        lostRows: lost.length,
        backSeconds,
      });
      assert.ok(last.id > before.id, "rows were written before it was destroyed");
      assert.equal(await next_.checksum(before.id), base, "what was there before is the same");
      assert.equal(
        await load.digestOf(next_, newest.id),
        load.digest(newest.id),
        "what came back was acknowledged, and is whole",
      );
      server = next_;
      await server.backup();
    }
    return figures;
  } finally {
    await server.destroy();
    await bench.down();
  }
}

/** Each figure within what is promised. */
export function kept(figures: readonly Figures[]): void {
  for (const { moment, lostSeconds, backSeconds } of figures) {
    assert.ok(
      lostSeconds <= RECOVERY_POINT_SECONDS,
      `destroyed after ${moment.toFixed(1)} s: ${lostSeconds.toFixed(1)} s lost`,
    );
    assert.ok(
      backSeconds <= BACK_WITHIN_SECONDS,
      `destroyed after ${moment.toFixed(1)} s: back after ${backSeconds.toFixed(1)} s`,
    );
  }
}
