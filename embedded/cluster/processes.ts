import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { ClusterError } from "../../lib/kube/errors";
import { readIfPresent, sleep } from "./files";
import { processIdentity } from "./identity";

/** What is needed to start a process, and to notice that a running one was started from something else. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  /** What comes before the command, to run it in other namespaces. */
  readonly enter?: readonly string[];
  /** The file that `command` is, where another mount namespace has it under another path. */
  readonly binary?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly log: string;
  /** Files that the process reads once, at its start: a change of one means a restart. */
  readonly inputs: readonly string[];
}

export const processRecordSchema = z.object({
  name: z.string(),
  pid: z.number().int().positive(),
  /** Start time and boot: a pid is reused sooner or later, this pair is not. */
  identity: z.string(),
  /** Digest of the specification it was started from. */
  spec: z.string(),
  log: z.string(),
  startedAt: z.string(),
});
export type ProcessRecord = z.infer<typeof processRecordSchema>;

const LOG_LIMIT = 20 * 1024 * 1024;

export function specDigest(spec: ProcessSpec): string {
  const hash = createHash("sha256");
  const { command, args, enter = [], binary = command } = spec;
  hash.update(JSON.stringify([enter, command, args, Object.entries(spec.env).sort(), binaryStamp(binary)]));
  for (const input of spec.inputs) hash.update(`\0${input}\0${readFileSync(input, "utf8")}`);
  return hash.digest("hex");
}

/** Size and time stand for a binary's content: hashing 150 MB at every start would cost more than the start. */
function binaryStamp(command: string): string {
  const { size, mtimeMs } = statSync(command);
  return `${String(size)}:${String(mtimeMs)}`;
}

export function isRunning(record: Pick<ProcessRecord, "pid" | "identity">): boolean {
  return processIdentity(record.pid) === record.identity;
}

/**
 * Starts a process that outlives this command: its own session, no terminal, output to its log. `record` is called in
 * the same turn as the spawn, so that a kill of this command hardly finds a moment with a process and no record.
 */
export async function startProcess(
  spec: ProcessSpec,
  record: (started: ProcessRecord) => void,
): Promise<ProcessRecord> {
  mkdirSync(dirname(spec.log), { recursive: true, mode: 0o700 });
  rotate(spec.log);
  const log = openSync(spec.log, "a", 0o600);
  const spawnFailure: { error?: Error } = {};
  let pid: number | undefined;
  try {
    const [command = "", ...args] = [...(spec.enter ?? []), spec.command, ...spec.args];
    const child = spawn(command, args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ["ignore", log, log],
    });
    child.once("error", (error) => {
      spawnFailure.error = error;
    });
    child.unref();
    pid = child.pid;
  } finally {
    closeSync(log);
  }
  if (pid === undefined) {
    await sleep(0); // the reason arrives as an event
    throw new ClusterError(
      `${spec.name} (${spec.command}) does not start: ${spawnFailure.error?.message ?? "unknown"}.`,
    );
  }
  const started: ProcessRecord = {
    name: spec.name,
    pid,
    identity: processIdentity(pid) ?? "ended at once",
    spec: specDigest(spec),
    log: spec.log,
    startedAt: new Date().toISOString(),
  };
  record(started);
  return started;
}

function rotate(log: string): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT) renameSync(log, `${log}.1`);
}

export interface StopOptions {
  /** How long a process may take to end on its own; then it is killed. */
  readonly graceMs: number;
}

/** Ends the recorded process, and only that one, and waits until it is gone. */
export async function stopProcess(record: ProcessRecord, { graceMs }: StopOptions): Promise<void> {
  const killAt = Date.now() + graceMs;
  const giveUpAt = killAt + 10_000;
  let killed = graceMs <= 0;
  signal(record, killed ? "SIGKILL" : "SIGTERM");
  while (isRunning(record)) {
    if (!killed && Date.now() > killAt) {
      signal(record, "SIGKILL");
      killed = true;
    }
    if (Date.now() > giveUpAt) {
      throw new ClusterError(`${record.name} (process ${String(record.pid)}) does not end; see ${record.log}.`);
    }
    await sleep(50);
  }
}

function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  if (!isRunning(record)) return;
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if (isRunning(record)) throw error;
  }
}

/** The log's last lines, for an error message. */
export function logTail(log: string, lines = 6): string {
  const text = readIfPresent(log) ?? "";
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Waits until `ready` answers true; a process that ends meanwhile is an error that quotes its log. */
export async function waitUntilReady(
  record: ProcessRecord,
  ready: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ready())) {
    if (!isRunning(record)) {
      throw new ClusterError(`${record.name} ended at its start. Log: ${record.log}\n${logTail(record.log)}`);
    }
    if (Date.now() > deadline) {
      throw new ClusterError(
        `${record.name} is not ready after ${String(Math.round(timeoutMs / 1000))} s. Log: ${record.log}\n${logTail(record.log)}`,
      );
    }
    await sleep(100);
  }
}
