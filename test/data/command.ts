import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { projectRoot } from "../../embedded/toolchain";
import { at } from "../../lib/kube/client";
import type { Region } from "./region";

export interface Said {
  readonly status: number;
  /** What it printed, on both. */
  readonly text: string;
}

/** A folder with the files of a stack, whose cluster and buckets are those of a region. */
export function stackFolder(region: Region, stack: string, velero: Readonly<Record<string, unknown>>): string {
  const folder = join(region.sandbox.dir, "stack");
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(projectRoot(), "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  const file = `Pulumi.${stack}.yaml`;
  const document = parseDocument(readFileSync(join(projectRoot(), file), "utf8"));
  const key = (...path: readonly string[]): string[] => ["config", `mijnbureau-platform:${path[0]}`, ...path.slice(1)];
  const { kubeconfig } = region.sandbox;
  document.setIn(key("cluster", "kubeconfig"), kubeconfig);
  document.setIn(key("cluster", "context"), at(parse(readFileSync(kubeconfig, "utf8")), "current-context"));
  for (const [name, value] of Object.entries(velero)) {
    if (value === undefined) document.deleteIn(key("operators", "velero", name));
    else document.setIn(key("operators", "velero", name), value);
  }
  writeFileSync(join(folder, file), document.toString());
  return folder;
}

/** `mijnbureau <command> <args>` as a process of its own, in a stack's folder. */
export function mijnbureau(folder: string, command: string, ...args: readonly string[]): Promise<Said> {
  const program = ["-r", join(projectRoot(), "test/support/register.cjs"), join(projectRoot(), `cli/${command}.ts`)];
  return new Promise((resolve) => {
    execFile(process.execPath, [...program, ...args], { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), text: `${stdout}${stderr}` });
    });
  });
}
