import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../lib/kube/errors";
import { sleep } from "../cluster/files";
import { CGROUPS } from "./machine";

/** Every hierarchy, named ones like systemd's included: runc makes a pod's folder in each. */
const hierarchies = (): readonly string[] =>
  readdirSync(CGROUPS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(CGROUPS, name));

/** Makes a cgroup in every hierarchy. A new cpuset is empty and takes no process until it has CPUs and memory nodes. */
export function makeCgroup(path: string): void {
  const parts = path.split("/").filter((part) => part !== "");
  for (const hierarchy of hierarchies()) {
    let parent = hierarchy;
    for (const part of parts) parent = makeWithin(parent, part);
  }
}

function makeWithin(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const from = join(parent, file);
    if (existsSync(from)) writeFileSync(join(folder, file), readFileSync(from, "utf8"));
  }
  return folder;
}

/** Removes a cgroup everywhere, innermost first; processes that have just been killed take a moment to leave. */
export async function removeCgroup(path: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (const hierarchy of hierarchies()) {
    while (!removed(join(hierarchy, path)) && Date.now() < deadline) await sleep(50);
  }
}

function removed(folder: string): boolean {
  if (!existsSync(folder)) return true;
  let all = true;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) all = removed(join(folder, entry.name)) && all;
  }
  try {
    rmdirSync(folder);
    return all;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return all;
    if (codeOf(error) === "EBUSY") return false;
    throw error;
  }
}
