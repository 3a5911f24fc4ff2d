import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { projectRoot } from "../../embedded/toolchain";

/** Supported, and the newest of each that the npm package `node` brings. */
export const NODE_VERSIONS = ["22.23.3", "24.21.0"] as const;

const USAGE = `Usage: npm run test:node-versions [-- <area or name> …]

Runs the fast tests on each supported version of Node.js (${NODE_VERSIONS.join(", ")}), which the npm package "node" brings.
`;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  return spawnSync(command, args, { cwd: projectRoot(), stdio: "inherit", env }).status === 0;
}

/** The fast tests, with this version as the `node` on `PATH`. */
function testOn(version: string, words: readonly string[]): boolean {
  const folder = path.join(projectRoot(), ".cache", `node-${version}`);
  // Its install script puts the executable of this platform in place.
  if (!run("npm", ["install", "--no-save", "--no-package-lock", "--prefix", folder, `node@${version}`])) return false;
  const bin = path.join(folder, "node_modules", "node", "bin");
  const env = { ...process.env, PATH: [bin, process.env["PATH"] ?? ""].join(path.delimiter) };
  console.log(`Node.js ${version}`);
  return (
    run("node", ["-e", `process.exitCode = process.versions.node === "${version}" ? 0 : 1`], env) &&
    run("npm", ["run", "--silent", "test:fast", "--", ...words], env)
  );
}

function main(args: readonly string[]): number {
  if (args.some((arg) => arg.startsWith("-"))) {
    const asked = args.includes("--help");
    console[asked ? "log" : "error"](USAGE);
    return asked ? 0 : 2;
  }
  const failed = NODE_VERSIONS.filter((version) => !testOn(version, args));
  console.log(failed.length === 0 ? `passed on ${NODE_VERSIONS.join(" and ")}` : `failed on ${failed.join(" and ")}`);
  return failed.length === 0 ? 0 : 1;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
