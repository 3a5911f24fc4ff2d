import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../embedded/cluster/ports";
import { eventually, HOST } from "../controllers/support";
import { skip } from "../support/needs";
import { unprivileged } from "./unprivileged";

const POSTGRES = "/usr/lib/postgresql/15/bin";
const REDIS = "/usr/bin/redis-server";
const PASSWORD = "made-for-this-test";

/**
 * The suite's bundled stores, as its charts run them: PostgreSQL with a user of the app and its password in a file, Redis
 * with a login and an append-only file. No hook of a backup enters them; a copy of their volume at one instant, taken while
 * they write, must hold everything that was confirmed before it.
 */
describe("a copy of a bundled store's volume at one instant, without a hook", function () {
  this.timeout(120_000);
  const owner = unprivileged();
  let folder = "";
  const running = new Set<ChildProcess>();

  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, [...args], { cwd: folder, stdio: "ignore", env: { PATH: "/usr/bin:/bin" }, ...owner });
    running.add(child);
    return child;
  };
  const stop = async (child: ChildProcess): Promise<void> => {
    running.delete(child);
    if (child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  };
  const own = (path: string): string => {
    if ("uid" in owner) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  const directory = (name: string): string => {
    mkdirSync(join(folder, name), { mode: 0o700 });
    return own(join(folder, name));
  };

  /** Every process of the server stands still while its files are copied, as under a snapshot of the volume. */
  const snapshot = (pid: number, from: string, name: string): string => {
    const family = [pid, ...children(pid)];
    for (const each of family) process.kill(each, "SIGSTOP");
    try {
      cpSync(from, join(folder, name), { recursive: true });
    } finally {
      for (const each of [...family].reverse()) process.kill(each, "SIGCONT");
    }
    // Root copied it; the server insists on its own.
    execFileSync("chown", [
      "-R",
      "uid" in owner ? `${String(owner.uid)}:${String(owner.gid)}` : String(process.getuid?.()),
      join(folder, name),
    ]);
    return join(folder, name);
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "crash-copy-"));
    own(folder);
  });
  after(async () => {
    for (const child of [...running]) await stop(child);
    rmSync(folder, { recursive: true, force: true });
  });

  it("PostgreSQL starts from it with every row that was committed", async function () {
    if (!existsSync(join(POSTGRES, "postgres")))
      skip(this, "PostgreSQL 15 of Debian is not installed: apt-get install postgresql-15");
    const data = join(folder, "postgres");
    const secret = join(folder, "password");
    writeFileSync(secret, PASSWORD, { mode: 0o600 });
    own(secret);
    // The chart's initdb: password logins, the app's own user beside the superuser, whose password is another file.
    execFileSync(
      join(POSTGRES, "initdb"),
      ["-D", data, "-U", "postgres", `--pwfile=${secret}`, "--auth=scram-sha-256"],
      {
        cwd: folder,
        stdio: "ignore",
        env: { PATH: "/usr/bin:/bin" },
        ...owner,
      },
    );
    const serve = async (
      place: string,
    ): Promise<{ child: ChildProcess; sql: (text: string, user?: string) => string }> => {
      const port = String(await freePort());
      const sockets = directory(`sockets-${port}`);
      const child = start(join(POSTGRES, "postgres"), ["-D", place, "-p", port, "-h", HOST, "-k", sockets]);
      const sql = (text: string, user = "docs"): string => {
        const { status, stdout, stderr } = spawnSync(
          join(POSTGRES, "psql"),
          [
            "-h",
            HOST,
            "-p",
            port,
            "-U",
            user,
            "-d",
            user === "docs" ? "docs" : "postgres",
            "-v",
            "ON_ERROR_STOP=1",
            "-Atc",
            text,
          ],
          { encoding: "utf8", env: { PATH: "/usr/bin:/bin", PGPASSWORD: readFileSync(secret, "utf8") } },
        );
        if (status !== 0) throw new Error(stderr);
        return stdout.trim();
      };
      await eventually("PostgreSQL answers", () => Promise.resolve(answers(() => sql("select 1", "postgres"))));
      return { child, sql };
    };
    const first = await serve(data);
    first.sql(`create role docs login password '${PASSWORD}'`, "postgres");
    first.sql("create database docs owner docs", "postgres");
    first.sql("create table page (id bigserial primary key, body text not null)");
    first.sql("insert into page (body) select repeat(md5(i::text), 20) from generate_series(1, 20000) i");
    // Nothing that the app's user may do brings the files to rest: a hook with its password would fail.
    assert.throws(() => first.sql("checkpoint"), /must be superuser|permission denied/);
    const writer = start("/bin/sh", [
      "-c",
      `i=0; while :; do i=$((i+1)); PGPASSWORD=${PASSWORD} ${POSTGRES}/psql -qh ${HOST} -p ${portOf(first.child)} -U docs -d docs ` +
        `-c "insert into page (body) select repeat(md5(i::text), 20) from generate_series(1, 500) i" || exit 1; done`,
    ]);
    await eventually("rows are written", () =>
      Promise.resolve(Number(first.sql("select count(*) from page")) > 22_000 ? true : undefined),
    );
    const committed = Number(first.sql("select max(id) from page"));
    assert.ok(first.child.pid !== undefined);
    const copy = snapshot(first.child.pid, data, "postgres-copy");
    const later = Number(first.sql("select max(id) from page"));
    await stop(writer);
    rmSync(join(copy, "postmaster.pid"), { force: true });
    const second = await serve(copy);
    const restored = Number(second.sql("select max(id) from page"));
    assert.ok(restored >= committed, `${String(committed)} rows were committed, ${String(restored)} came back`);
    assert.ok(restored <= later + 500);
    const sums = `select count(*) || ' ' || md5(string_agg(md5(id || body), '' order by id)) from page where id <= ${String(committed)}`;
    assert.equal(second.sql(sums), first.sql(sums));
    await stop(second.child);
    await stop(first.child);
  });

  it("Redis starts from it with every write that was confirmed", async function () {
    if (!existsSync(REDIS)) skip(this, "Redis of Debian is not installed: apt-get install redis-server");
    // The chart's redis.conf: a login, and an append-only file instead of snapshots.
    const serve = async (place: string): Promise<{ child: ChildProcess; redis: (...args: string[]) => string }> => {
      const port = String(await freePort());
      const child = start(REDIS, [
        ...["--port", port, "--bind", HOST, "--dir", place, "--requirepass", PASSWORD],
        ...["--appendonly", "yes", "--save", "", "--daemonize", "no"],
      ]);
      const redis = (...args: string[]): string => {
        const { stdout, stderr, status } = spawnSync("/usr/bin/redis-cli", ["-h", HOST, "-p", port, ...args], {
          encoding: "utf8",
          env: { PATH: "/usr/bin:/bin", REDISCLI_AUTH: PASSWORD },
        });
        if (status !== 0 || /^(NOAUTH|ERR|WRONGPASS|\(error\))/.test(stdout)) throw new Error(`${stdout}${stderr}`);
        return stdout.trim();
      };
      await eventually("Redis answers", () => Promise.resolve(answers(() => redis("ping") === "PONG")));
      return { child, redis };
    };
    const first = await serve(directory("redis"));
    for (let batch = 0; batch < 20; batch += 1) {
      const pairs = Array.from({ length: 500 }, (_, index) => [
        `key:${String(batch)}:${String(index)}`,
        `value ${String(index)}`,
      ]).flat();
      assert.equal(first.redis("mset", ...pairs), "OK");
    }
    const load = start("/usr/bin/redis-benchmark", [
      ...["-h", HOST, "-p", portOf(first.child), "-a", PASSWORD, "-t", "set", "-r", "1000", "-n", "100000000", "-q"],
    ]);
    await eventually("the benchmark writes", () =>
      Promise.resolve(Number(first.redis("dbsize")) > 10_000 ? true : undefined),
    );
    assert.ok(first.child.pid !== undefined);
    const copy = snapshot(first.child.pid, join(folder, "redis"), "redis-copy");
    await stop(load);
    const second = await serve(copy);
    for (let batch = 0; batch < 20; batch += 1) {
      const keys = Array.from({ length: 500 }, (_, index) => `key:${String(batch)}:${String(index)}`);
      assert.equal(second.redis("mget", ...keys), first.redis("mget", ...keys));
    }
    await stop(second.child);
    await stop(first.child);
  });
});

function answers(probe: () => unknown): true | undefined {
  try {
    return probe() === false ? undefined : true;
  } catch {
    return undefined;
  }
}

const portOf = (child: ChildProcess): string => {
  const at = child.spawnargs.findIndex((arg) => arg === "-p" || arg === "--port");
  return child.spawnargs[at + 1] ?? "";
};

function children(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        // The fourth field, after the program's name in brackets (proc(5)).
        return Number(/\) \S+ (\d+)/.exec(readFileSync(`/proc/${String(each)}/stat`, "utf8"))?.[1]) === pid;
      } catch {
        return false;
      }
    });
}
