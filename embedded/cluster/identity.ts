import { spawnSync } from "node:child_process";
import { readIfPresent } from "./files";
import { codeOf } from "../../lib/kube/errors";

/**
 * What tells one process from a later one with the same number: when it started, on which boot. Undefined where no
 * such process runs (a zombie counts as ended: its parent, not we, has to collect it).
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === "linux" ? linuxIdentity(pid) : portableIdentity(pid);
}

function linuxIdentity(pid: number): string | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  // proc(5): the second field is the command in parentheses and may itself hold spaces and parentheses; counted from
  // behind the last one, the state is field 3 and the start time field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const started = fields[19];
  if (state === "Z" || state === "X" || started === undefined) return undefined;
  return `${bootId()}:${started}`;
}

function readStat(pid: number): string | undefined {
  try {
    return readIfPresent(`/proc/${String(pid)}/stat`);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return undefined; // ended between open and read
    throw error;
  }
}

let boot: string | undefined;
function bootId(): string {
  boot ??= readIfPresent("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  return boot;
}

function portableIdentity(pid: number): string | undefined {
  const answer = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const line = answer.stdout.trim();
  const [state = "", ...started] = line.split(/\s+/);
  return line === "" || state.startsWith("Z") ? undefined : started.join(" ");
}

/** Resident memory in bytes, where the system tells. */
export function residentMemory(pid: number): number | undefined {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readIfPresent(`/proc/${String(pid)}/status`) ?? "");
  return line?.[1] === undefined ? undefined : Number(line[1]) * 1024;
}
