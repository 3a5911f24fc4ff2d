import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { compareScript, recordScript, type Script } from "../../components/operators/databases/tables";
import { sleep } from "../../embedded/cluster/files";
import { at } from "../../lib/kube/client";
import { needFile, needTools } from "../support/needs";
import { HOST } from "../controllers/support";
import { databaseBench } from "./support-destroyed";
import { BARMAN, BIN, type Server } from "./support-postgresql";

const run = promisify(execFile);

describe("The tables of a database that came back", function () {
  this.timeout(600_000);
  let bench: Awaited<ReturnType<typeof databaseBench>>;
  let folder: string;
  const servers: Server[] = [];

  /** A script of the platform's pods, on a server. */
  const scripted = ({ port, env }: Server, of: Script): Promise<unknown> =>
    run("bash", ["-euo", "pipefail", "-c", of.script], {
      env: {
        ...{ ...env, ...of.env, RECORD: folder, WORK: folder, SAYS: join(folder, "says") },
        ...{ PGHOST: HOST, PGPORT: String(port), PGUSER: "docs", PGDATABASE: "docs" },
      },
    });
  const said = (): string => readFileSync(join(folder, "says"), "utf8");
  const back = async (until?: string): Promise<Server> => {
    const server = await bench.server.beside(
      `${bench.bench.dir}/${String(servers.length + 1)}`,
      `copy-${String(servers.length)}`,
    );
    servers.push(server);
    await server.restore(bench.server.archive, until);
    return server;
  };

  before(async function () {
    needFile(this, `${BIN}/postgres`);
    needFile(this, BARMAN);
    const { weed } = await needTools(this, "weed");
    bench = await databaseBench(weed, 16);
    folder = join(bench.bench.dir, "record");
    mkdirSync(folder);
    const { server } = bench;
    await server.sql(
      `CREATE SCHEMA "the app's"; CREATE TABLE "the app's"."Notes, more" (n numeric, at timestamptz, f float8, b bytea, j jsonb);
       INSERT INTO "the app's"."Notes, more" SELECT n / 7.0, now(), random(), decode(md5(n::text), 'hex'), json_build_object('n', n) FROM generate_series(1, 500) n;
       CREATE TABLE empty (); CREATE UNLOGGED TABLE scratch AS SELECT 1 AS one; CREATE TABLE parts (n int) PARTITION BY RANGE (n);
       CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1), (2)`,
      "docs",
      "docs",
    );
  });

  after(async () => {
    for (const server of [...servers, ...(bench === undefined ? [] : [bench.server])]) await server.destroy();
    await bench?.bench.down();
  });

  it("are those that were recorded while the app wrote, at the recorded moment and at no other", async () => {
    const { server } = bench;
    const loads = [server.work(), server.work(), server.work()];
    await sleep(2_000);
    const began = Date.now();
    await scripted(server, recordScript("docs", server.archive));
    const took = Date.now() - began;
    await sleep(2_000);
    const slowest = Math.max(...loads.flatMap((load) => gaps([...load.acknowledged.values()].map(({ at }) => at))));
    for (const load of loads) await load.stop();
    const record: unknown = JSON.parse(readFileSync(join(folder, "record.json"), "utf8"));
    assert.equal(at(record, "kind"), "ConfigMap");
    const [moment, tables] = [String(at(record, "data", "at")), String(at(record, "data", "tables"))];
    assert.deepEqual(
      tables
        .split("\n")
        .map((line) => line.replace(/^\d+ -?\d+ /, ""))
        .sort(),
      [`"the app's"."Notes, more"`, "public.empty", "public.part", "public.rows"],
    );
    writeFileSync(join(folder, "at"), moment);
    writeFileSync(join(folder, "tables"), tables);
    await server.sql("SELECT pg_switch_wal()");
    await sleep(3_000);

    await scripted(await back(moment), compareScript(true));
    console.log(
      `      recorded in ${String(took)} ms under load, longest pause of a writer ${slowest.toFixed(2)} s; ${said()}`,
    );
    assert.match(said(), /^4 tables, \d+ rows, checksum [0-9a-f]{16}: as recorded at /);

    const later = await back();
    await assert.rejects(scripted(later, compareScript(true)));
    assert.match(said(), /DIFFERS .*\n< \d+ -?\d+ public\.rows\n> \d+ -?\d+ public\.rows$/);
    await scripted(later, compareScript(false));
    // One value in one row, of as many rows.
    await later.sql(
      `UPDATE "the app's"."Notes, more" SET b = decode(md5('other'), 'hex') WHERE j->>'n' = '250'`,
      "docs",
      "docs",
    );
    await scripted(later, compareScript(false));
    assert.match(said(), /\n< 500 -?\d+ "the app's"\."Notes, more"\n/);
  });
});

/** Seconds between one and the next. */
const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - (times[index] ?? time));
