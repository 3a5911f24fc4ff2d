import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "./error";

export interface LockOptions {
  /** Called once, with the pid of the holder, when another process holds the lock. */
  readonly onWait?: (pid: number) => void;
  /** Called about every `reportMs` while waiting. */
  readonly onStillWaiting?: (seconds: number) => void;
  readonly pollMs?: number;
  readonly reportMs?: number;
}

/**
 * Runs `work` while holding `file`, which names the process that holds it.
 *
 * A lock whose process is gone is taken over, so a killed build never blocks the next one. The file appears with its
 * content (written beside, then linked), so nobody ever reads a half-written owner.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const owner = ownerOf(process.pid);
  await acquire(file, owner, options);
  const release = (): void => removeIfOwned(file, owner);
  process.on("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

async function acquire(file: string, owner: string, options: LockOptions): Promise<void> {
  const { pollMs = 250, reportMs = 15_000 } = options;
  const started = Date.now();
  let reported = started;
  let announced = false;
  while (!tryAcquire(file, owner)) {
    const holder = read(file);
    if (holder !== undefined && !isAlive(holder)) {
      breakLock(file, holder);
      continue;
    }
    if (!announced && holder !== undefined) {
      announced = true;
      options.onWait?.(pidOf(holder));
    }
    if (Date.now() - reported >= reportMs) {
      reported = Date.now();
      options.onStillWaiting?.(Math.round((reported - started) / 1000));
    }
    await sleep(pollMs);
  }
}

function tryAcquire(file: string, owner: string): boolean {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  fs.writeFileSync(draft, owner);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * Removes a lock whose holder is gone. Between reading and removing, another waiter may have taken the lock over, so it
 * is moved aside first and put back when it turns out to be somebody else's.
 */
function breakLock(file: string, stale: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    fs.renameSync(file, aside);
    if (read(aside) !== stale) fs.linkSync(aside, file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && errorCode(error) !== "EEXIST") throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function removeIfOwned(file: string, owner: string): void {
  if (read(file) === owner) fs.rmSync(file, { force: true });
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** "<pid> <start time>": the start time tells a holder from a later process with the same pid (Linux only). */
export function ownerOf(pid: number): string {
  return `${pid} ${startTime(pid)}`;
}

function startTime(pid: number): string {
  try {
    // Field 22 of proc_pid_stat(5); the command in field 2 may contain spaces, so count from its closing bracket.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function pidOf(owner: string): number {
  return Number.parseInt(owner, 10);
}

function isAlive(owner: string): boolean {
  const pid = pidOf(owner);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
  return ownerOf(pid) === owner;
}
