import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { z } from "zod";
import { objectStoreSpec } from "../../components/operators/databases/archive";
import { clusterManifest, shapeOf, type Database } from "../../components/operators/databases/cluster";
import { databasesOf } from "../../components/operators/databases/objects";
import { settings as databaseSettings, type Settings } from "../../components/operators/databases/settings";
import { freePort } from "../../embedded/cluster/ports";
import { sleep } from "../../embedded/cluster/files";
import { at } from "../../lib/kube/client";
import { facts } from "../components/operators/support";
import { HOST, type Sandbox } from "../controllers/support";
import type { ObjectStore } from "../controllers/s3";
import { startProcess, stopProcess, type ProcessRecord } from "../../embedded/cluster/processes";
import { unprivileged, type Owner } from "./unprivileged";

const run = promisify(execFile);

/** Debian's PostgreSQL 15; the suite's image has 17, whose archive and recovery work the same. */
export const BIN = "/usr/lib/postgresql/15/bin";
export const BARMAN = "/usr/bin/barman-cloud-backup";
const DATABASE = "docs";

/** A folder and processes, without a cluster. */
export class Bench implements Pick<Sandbox, "dir" | "start" | "stop"> {
  readonly dir: string;
  private readonly running = new Map<string, ProcessRecord>();

  constructor(name: string) {
    // Short, and open to the user that PostgreSQL runs as.
    this.dir = fs.mkdtempSync(`/tmp/${name}-`);
    fs.chmodSync(this.dir, 0o755);
  }

  async start(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ProcessRecord> {
    const own = { HOME: this.dir, TMPDIR: this.dir, PATH: "/usr/bin:/bin", ...env };
    const spec = { name, command, args, env: own, cwd: this.dir, log: join(this.dir, `${name}.log`), inputs: [] };
    return startProcess(spec, (record) => this.running.set(name, record));
  }

  async stop(name: string): Promise<void> {
    const record = this.running.get(name);
    if (record !== undefined) await stopProcess(record, { graceMs: 5_000 });
    this.running.delete(name);
  }

  async down(): Promise<void> {
    for (const name of [...this.running.keys()]) await this.stop(name);
    fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The database of `docs` as the stack plans it, with the store of the test. */
export function planned(store: Pick<ObjectStore, "url" | "region">, bucket: string) {
  const settings: Settings = z.object(databaseSettings).parse({
    store: { provider: "s3", url: store.url, region: store.region, bucket, encryption: { mode: "sse-s3" } },
  });
  const all = { ...facts, operatorNamespaces: [], capabilities: new Set<never>() };
  const database = databasesOf(settings, all.apps).find(({ app }) => app === DATABASE);
  assert.ok(database !== undefined);
  return { settings, facts: all, database };
}

type Planned = ReturnType<typeof planned>;

const parameters = ({ database, settings, facts: all }: Planned): Record<string, string> =>
  z
    .record(z.string(), z.string())
    .parse(
      at(
        clusterManifest(database satisfies Database, shapeOf(database, settings), settings, all),
        "spec",
        "postgresql",
        "parameters",
      ),
    );

/** What the plugin makes of an ObjectStore for Barman's commands (barman-cloud, pkg/command). */
export function barmanOptions(plan: Planned) {
  const spec = objectStoreSpec(plan.database.store, plan.database.app, plan.settings, plan.facts);
  const configuration = z
    .object({
      destinationPath: z.string(),
      endpointURL: z.string(),
      wal: z.object({ compression: z.string(), encryption: z.string().optional() }),
      data: z.object({ compression: z.string(), encryption: z.string().optional(), jobs: z.number() }),
    })
    .parse(spec["configuration"]);
  const common = ["--cloud-provider", "aws-s3", "--endpoint-url", configuration.endpointURL];
  const written = (part: { compression: string; encryption?: string | undefined }): string[] => [
    `--${part.compression}`,
    ...(part.encryption === undefined ? [] : ["--encryption", part.encryption]),
  ];
  return {
    destination: configuration.destinationPath,
    common,
    wal: [...common, ...written(configuration.wal)],
    data: [
      ...common,
      ...written(configuration.data),
      "--immediate-checkpoint",
      "--jobs",
      String(configuration.data.jobs),
    ],
  };
}

interface Described {
  readonly store: ObjectStore;
  readonly plan: Planned;
  /** The archive that it writes to. */
  readonly archive: string;
  readonly password?: string;
}

/** One PostgreSQL server in a folder of its own, with the archive that the stack plans for it. */
export class Server {
  readonly port: number;
  readonly data: string;
  private readonly owner: Owner | Record<string, never> = unprivileged();
  private process: ChildProcessWithoutNullStreams | undefined;
  private readonly passwords: string;
  private readonly password: string;

  private readonly store: ObjectStore;
  private readonly plan: Planned;
  readonly archive: string;

  private constructor(
    readonly folder: string,
    port: number,
    { store, plan, archive, password }: Required<Described>,
  ) {
    this.port = port;
    this.data = join(folder, "data");
    this.passwords = join(folder, "pgpass");
    this.store = store;
    this.plan = plan;
    this.archive = archive;
    this.password = password;
  }

  static async at(folder: string, described: Described): Promise<Server> {
    fs.mkdirSync(folder, { recursive: true });
    const password = described.password ?? randomBytes(20).toString("hex");
    const server = new Server(folder, await freePort(new Set()), { ...described, password });
    server.give(folder);
    server.write(server.passwords, `*:*:*:*:${password}\n`);
    server.write(join(folder, "ca.crt"), described.store.ca);
    return server;
  }

  /** A restored server has the passwords of the one that was saved. */
  async beside(folder: string, archive: string): Promise<Server> {
    return Server.at(folder, { store: this.store, plan: this.plan, archive, password: this.password });
  }

  private give(path: string): void {
    const { uid, gid } = this.owner;
    if (uid !== undefined && gid !== undefined) fs.chownSync(path, uid, gid);
  }

  private write(path: string, content: string): void {
    fs.writeFileSync(path, content, { mode: 0o600 });
    this.give(path);
  }

  get env(): Record<string, string> {
    return {
      PATH: "/usr/bin:/bin",
      HOME: this.folder,
      LC_ALL: "C.UTF-8",
      PGPASSFILE: this.passwords,
      AWS_ACCESS_KEY_ID: this.store.accessKey,
      AWS_SECRET_ACCESS_KEY: this.store.secretKey,
      AWS_DEFAULT_REGION: this.store.region,
      AWS_CA_BUNDLE: join(this.folder, "ca.crt"),
      // A file is sent as a whole: what does not arrive is tried again by PostgreSQL.
      AWS_MAX_ATTEMPTS: "2",
    };
  }

  /** A program as the server's user. @throws with what it printed */
  async as(command: string, args: readonly string[], seconds = 600): Promise<string> {
    try {
      const { stdout, stderr } = await run(command, [...args], {
        env: this.env,
        cwd: this.folder,
        maxBuffer: 256 * 1024 * 1024,
        timeout: seconds * 1000,
        ...this.owner,
      });
      return `${stdout}${stderr}`;
    } catch (error) {
      const {
        stdout = "",
        stderr = "",
        message,
      } = z.object({ stdout: z.string().optional(), stderr: z.string().optional(), message: z.string() }).parse(error);
      throw new Error(`${command}: ${message}\n${stdout}${stderr}`);
    }
  }

  /** An empty server with the user and the database of the app, as the Cluster's `initdb` makes them. */
  async create(): Promise<void> {
    const file = join(this.folder, "password");
    this.write(file, this.password);
    await this.as(`${BIN}/initdb`, [
      ...["-D", this.data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${file}`],
      ...["--data-checksums", "--encoding=UTF8", "--locale=C"],
    ]);
    this.configure();
    await this.start();
    await this.sql(`CREATE ROLE ${DATABASE} LOGIN PASSWORD '${this.password}'`);
    await this.sql(`CREATE DATABASE ${DATABASE} OWNER ${DATABASE}`);
    await this.sql(
      `CREATE TABLE rows (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), body text NOT NULL)`,
      DATABASE,
      DATABASE,
    );
  }

  private configure(recovery: Readonly<Record<string, string>> = {}): void {
    const { destination, wal } = barmanOptions(this.plan);
    const command = (tool: string, options: readonly string[], rest: string): string =>
      `/usr/bin/${tool} ${options.join(" ")} ${destination} ${rest}`;
    const all = {
      ...parameters(this.plan),
      listen_addresses: HOST,
      port: String(this.port),
      unix_socket_directories: "",
      fsync: "on",
      max_wal_size: "1GB",
      archive_mode: "on",
      archive_command: command("barman-cloud-wal-archive", wal, `${this.archive} %p`),
      ...recovery,
    };
    const text = Object.entries(all).map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'\n`);
    this.write(join(this.data, "postgresql.conf"), text.join(""));
    this.write(join(this.data, "postgresql.auto.conf"), "");
    this.write(
      join(this.data, "pg_hba.conf"),
      `host all all ${HOST}/32 scram-sha-256\nhost replication all ${HOST}/32 scram-sha-256\n`,
    );
  }

  async start(seconds = 300): Promise<void> {
    const log = fs.openSync(join(this.folder, "postgres.log"), "a");
    const started = spawn(`${BIN}/postgres`, ["-D", this.data], {
      env: this.env,
      cwd: this.folder,
      detached: true,
      stdio: ["pipe", log, log],
      ...this.owner,
    });
    fs.closeSync(log);
    let ended = false;
    started.once("exit", () => (ended = true));
    this.process = started as ChildProcessWithoutNullStreams;
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      if (ended) throw new Error(`PostgreSQL ended: ${this.log()}`);
      try {
        if ((await this.sql("SELECT pg_is_in_recovery()")).trim() === "f") return;
      } catch {
        // Not yet.
      }
      if (Date.now() > deadline) throw new Error(`PostgreSQL does not start: ${this.log()}`);
      await sleep(200);
    }
  }

  log(): string {
    return fs.readFileSync(join(this.folder, "postgres.log"), "utf8").split("\n").slice(-300).join("\n");
  }

  /** All of its processes at once, as when a node loses its power, and its data with it. */
  async destroy(): Promise<void> {
    const pid = this.process?.pid;
    if (pid !== undefined) {
      const children = await this.children(pid);
      for (const each of [pid, ...children]) kill(each);
    }
    this.process = undefined;
    fs.rmSync(this.data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  private async children(pid: number): Promise<number[]> {
    const { stdout } = await run("ps", ["--ppid", String(pid), "-o", "pid="]).catch(() => ({ stdout: "" }));
    return stdout
      .split("\n")
      .map(Number)
      .filter((each) => each > 0);
  }

  async stop(): Promise<void> {
    if (this.process === undefined) return;
    await this.as(`${BIN}/pg_ctl`, ["stop", "-D", this.data, "-m", "immediate", "-w"]).catch(() => undefined);
    this.process = undefined;
  }

  private connection(user: string, database: string): string[] {
    return ["-h", HOST, "-p", String(this.port), "-U", user, "-d", database, "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
  }

  async sql(text: string, user = "postgres", database = "postgres"): Promise<string> {
    const { stdout } = await run(`${BIN}/psql`, [...this.connection(user, database), "-c", text], {
      env: this.env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  /** `megabytes` of rows of a kilobyte that do not compress to nothing. */
  async fill(megabytes: number): Promise<void> {
    await this.sql(
      `INSERT INTO rows (body) SELECT repeat(md5(random()::text), 8) || repeat(md5(n::text), 24) FROM generate_series(1, ${String(megabytes * 1000)}) n`,
      DATABASE,
      DATABASE,
    );
  }

  async backup(): Promise<void> {
    const { destination, data } = barmanOptions(this.plan);
    await this.as("/usr/bin/barman-cloud-backup", [
      ...data,
      ...["--host", HOST, "--port", String(this.port), "--user", "postgres", "--dbname", "postgres"],
      destination,
      this.archive,
    ]);
  }

  async backups(
    from: string,
    destination = barmanOptions(this.plan).destination,
  ): Promise<{ id: string; end: string }[]> {
    const { common } = barmanOptions(this.plan);
    const text = await this.as("/usr/bin/barman-cloud-backup-list", [...common, "--format", "json", destination, from]);
    const { backups_list: list } = z
      .object({ backups_list: z.array(z.object({ backup_id: z.string(), end_time: z.string().nullish() })) })
      .parse(JSON.parse(text));
    return list.map(({ backup_id: id, end_time: end }) => ({ id, end: end ?? "" }));
  }

  /** This server, anew, from an archive: its newest base backup and the log after it, to its end or to a second. */
  async restore(from: string, until?: string, destination = barmanOptions(this.plan).destination): Promise<void> {
    const { common } = barmanOptions(this.plan);
    const backups = await this.backups(from, destination);
    const usable = backups.filter(({ end }) => until === undefined || Date.parse(end) <= Date.parse(until));
    const newest = usable.at(-1);
    if (newest === undefined) throw new Error(`the archive ${from} has no base backup before ${until ?? "now"}`);
    fs.mkdirSync(this.data, { mode: 0o700 });
    this.give(this.data);
    await this.as("/usr/bin/barman-cloud-restore", [...common, destination, from, newest.id, this.data]);
    this.configure({
      restore_command: `/usr/bin/barman-cloud-wal-restore ${common.join(" ")} ${destination} ${from} %f %p`,
      recovery_target_timeline: "latest",
      recovery_target_action: "promote",
      ...(until === undefined ? {} : { recovery_target_time: asPostgresReads(until) }),
    });
    this.write(join(this.data, "recovery.signal"), "");
    await this.start();
  }

  /** Every row, in one figure; up to an id. */
  async checksum(upTo?: number): Promise<string> {
    const where = upTo === undefined ? "" : `WHERE id <= ${String(upTo)}`;
    const text = await this.sql(
      `SELECT count(*) || ' ' || md5(coalesce(string_agg(md5(id || at::text || body), '' ORDER BY id), '')) FROM rows ${where}`,
      DATABASE,
      DATABASE,
    );
    return text.trim();
  }

  async newest(): Promise<{ id: number; at: number }> {
    const text = await this.sql(
      "SELECT coalesce(max(id), 0) || ' ' || coalesce(extract(epoch FROM max(at)), 0) FROM rows",
      DATABASE,
      DATABASE,
    );
    const [id = 0, at_ = 0] = text.trim().split(" ").map(Number);
    return { id, at: at_ };
  }

  /** The app at work: rows one by one, each acknowledged. */
  work(): Load {
    return new Load(
      spawn(`${BIN}/psql`, [...this.connection(DATABASE, DATABASE), "-q"], { env: this.env, cwd: this.folder }),
    );
  }
}

/**
 * PostgreSQL reads this setting before it knows the names of time zones, `Z` among them; CloudNativePG writes it in the same
 * way (cloudnative-pg/machinery v0.5.0, pkg/postgres/time, ConvertToPostgresFormat).
 */
const asPostgresReads = (time: string): string => new Date(time).toISOString().replace("T", " ").replace("Z", "+00:00");

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

/** Rows that the database said it has. */
export class Load {
  /** By id: when, and what. */
  readonly acknowledged = new Map<number, { readonly at: number; readonly row: string }>();
  private going = true;
  private readonly pump: Promise<void>;

  constructor(private readonly psql: ChildProcessWithoutNullStreams) {
    createInterface({ input: psql.stdout }).on("line", (line) => {
      const [id, at_, row] = line.split("|");
      if (row !== undefined) this.acknowledged.set(Number(id), { at: Number(at_), row });
    });
    psql.stdin.on("error", () => (this.going = false));
    psql.on("exit", () => (this.going = false));
    psql.stderr.resume();
    this.pump = this.write();
  }

  private async write(): Promise<void> {
    const insert =
      "INSERT INTO rows (body) VALUES (repeat(md5(random()::text), 8)) RETURNING id, extract(epoch FROM at), md5(id || at::text || body);\n";
    while (this.going) {
      this.psql.stdin.write(insert);
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.pump;
    this.psql.kill("SIGKILL");
    await sleep(50);
  }

  get last(): { readonly id: number; readonly at: number } {
    const id = Math.max(0, ...this.acknowledged.keys());
    return { id, at: this.acknowledged.get(id)?.at ?? 0 };
  }

  /** The rows up to an id, in one figure, as `digestOf` computes them from the database. */
  digest(upTo: number): string {
    const rows = [...this.acknowledged.entries()].filter(([id]) => id <= upTo).sort(([a], [b]) => a - b);
    return createHash("sha256")
      .update(rows.map(([id, { row }]) => `${String(id)} ${row}`).join("\n"))
      .digest("hex");
  }

  /** The same of what a database has. */
  async digestOf(server: Server, upTo: number): Promise<string> {
    const ids = [...this.acknowledged.keys()].filter((id) => id <= upTo);
    const from = Math.min(...ids, upTo + 1);
    const text = await server.sql(
      `SELECT id || ' ' || md5(id || at::text || body) FROM rows WHERE id BETWEEN ${String(from)} AND ${String(upTo)} ORDER BY id`,
      DATABASE,
      DATABASE,
    );
    const known = new Set(ids.map(String));
    const rows = text
      .trim()
      .split("\n")
      .filter((line) => known.has(line.split(" ")[0] ?? ""));
    return createHash("sha256").update(rows.join("\n")).digest("hex");
  }
}
