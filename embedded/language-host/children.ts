import type { ChildProcess } from "node:child_process";

/** Programs, packs and plugins that this host has started and that must not outlive it. */
const children = new Set<ChildProcess>();

export function track<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.on("close", () => children.delete(child));
  return child;
}

/** Ends every child when this process ends, however it does (a kill -9 excepted, which nothing can act on). */
export function endChildrenWithUs(): void {
  process.on("exit", () => {
    for (const child of children) child.kill("SIGTERM");
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
}
