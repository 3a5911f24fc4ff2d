import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { clusterPaths } from "../../../embedded/cluster/paths";
import { StateFile } from "../../../embedded/cluster/state";
import { networkEntryOf, networkOf } from "../../../embedded/nodes";

/** An address outside the cluster, whose port 443 is answered by a port of this machine. */
export function outsideAddress(dir: string, address: string, answeredBy: string): ChildProcess {
  const state = new StateFile(clusterPaths(dir));
  const [enter = "", ...entry] = networkEntryOf(state);
  execFileSync(enter, [...entry, "ip", "address", "replace", `${address}/32`, "dev", "lo"]);
  const { pid, helper } = networkOf(state);
  const where = [`--listen=${address}:443`, `--listen-in=/proc/${String(pid)}/ns/net`];
  return spawn(helper, ["relay", ...where, `--dial=${answeredBy}`], { stdio: "ignore" });
}

export async function end(processes: readonly ChildProcess[]): Promise<void> {
  const ended = processes.map(
    (each) => new Promise((resolve) => (each.exitCode === null ? each.once("exit", resolve) : resolve(undefined))),
  );
  for (const each of processes) each.kill("SIGKILL");
  await Promise.all(ended);
}
