import { spawnSync } from "node:child_process";

/** Whom a database server runs as: PostgreSQL refuses to run as root. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The user `nobody` where the tests run as root, otherwise whoever runs them (empty: no change of user). */
export function unprivileged(): Owner | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(spawnSync("id", [flag, "nobody"], { encoding: "utf8" }).stdout.trim());
  return { uid: id("-u"), gid: id("-g") };
}
