#!/usr/bin/env node
import { choice, execute, main, UsageError, type Command } from "./command";

/** Every command by name, loaded when it is asked for: most need little of the program. */
const commands: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  start: () => import("./start.js"),
  cluster: () => import("./cluster.js"),
  env: () => import("./env.js"),
  charts: () => import("./charts.js"),
  images: () => import("./images.js"),
  preflight: () => import("./preflight.js"),
  calendar: () => import("./calendar.js"),
  verify: () => import("./verify-mijnbureau.js"),
  report: () => import("./report.js"),
  audit: () => import("./audit.js"),
  comment: () => import("./comment.js"),
  cves: () => import("./cves.js"),
  scan: () => import("./scan/as-command.js"),
  backup: () => import("./backup.js"),
  restore: () => import("./restore.js"),
  failover: () => import("./failover.js"),
  escrow: () => import("./escrow.js"),
  toolchain: () => import("./toolchain.js"),
};

/** The table that `mijnbureau --help` prints. */
async function usage(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const rows = all.map(({ command: { name, summary } }) => `  ${name.padEnd(18)}${summary}`);
  return ["Usage: mijnbureau <command> [options]", "", ...rows, "", "Each has --help."].join("\n");
}

/** What is run where the first word is no command's name. */
async function noCommand(): Promise<Command> {
  return {
    name: "mijnbureau",
    summary: "the platform's commands",
    usage: await usage(),
    run: ([name]) => {
      if (name === undefined) throw new UsageError("a command is missing");
      throw new UsageError(`"${choice(name, Object.keys(commands), "command")}" comes first, its options after it`);
    },
  };
}

async function start([name = "", ...args]: readonly string[]): Promise<void> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) main((await load()).command, args);
  else process.exitCode = await execute(await noCommand(), name === "" ? [] : [name, ...args]);
}

start(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
