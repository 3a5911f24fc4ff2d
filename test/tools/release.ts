import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { z } from "zod";
import { daysUntil } from "../../components/calendar";
import { dayOf } from "../../config/calendar";
import { REVIEWED_UNTIL } from "../../config/version";
import { projectRoot } from "../../embedded/toolchain";

const USAGE = `Usage: npm run release [-- <folder>]

Builds what a release publishes into <folder> (build/release):

  mijnbureau-platform-<version>.tgz            program, commands and stand-ins: npm install, npx mijnbureau
  policypack/                                  the policy pack by itself: pulumi policy publish, or --policy-pack
  mijnbureau-platform-policies-<version>.tgz   the same as a package
`;

const manifest = z.looseObject({ name: z.string(), version: z.string(), license: z.string() });
const root = manifest.extend({
  dependencies: z.record(z.string(), z.string()),
  engines: z.record(z.string(), z.string()),
});

const read = <T>(file: string, schema: z.ZodType<T>): T => schema.parse(JSON.parse(readFileSync(file, "utf8")));

/** What of the compiled program the pack is: it reads the stack's configuration, and knows what the stack plans. */
const ROOMS = ["charts.lock.json", "components", "config", "lib", "policypack", "suite"];

/** Packages that compiled files import, without what is inside: "@scope/name/inside" is "@scope/name". */
function importedBy(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  const imported = files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? ""),
  );
  const packages = imported.filter((name) => !name.startsWith(".") && !isBuiltin(name));
  return new Set(packages.map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/")));
}

/**
 * The policy pack as `pulumi policy publish` takes it: compiled, its settings beside it, and the packages that it imports
 * in the versions that it was tested with. In the checkout its entry stands in another folder, and npm packs none of it.
 */
export function policyPack(folder: string): void {
  const project = projectRoot();
  const platform = read(join(project, "package.json"), root);
  const source = join(project, "policypack");
  const { name, description } = read(join(source, "package.json"), manifest.extend({ description: z.string() }));
  for (const room of ROOMS) cpSync(join(project, "dist", room), join(folder, room), { recursive: true });
  const dependencies = Object.fromEntries(
    [...importedBy(folder)].sort().map((dependency) => {
      const version = platform.dependencies[dependency];
      if (version === undefined) throw new Error(`the pack imports ${dependency}, which package.json does not name`);
      return [dependency, version];
    }),
  );
  const { version, license, engines } = platform;
  const main = "policypack/index.js";
  const own = {
    name,
    version,
    description,
    license,
    main,
    files: [...ROOMS, "PulumiPolicy.yaml"],
    engines,
    dependencies,
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
  copyFileSync(join(source, "PulumiPolicy.yaml"), join(folder, "PulumiPolicy.yaml"));
  copyFileSync(join(project, "LICENSE"), join(folder, "LICENSE"));
}

/** Packs the package at `folder` into `destination`, and gives the file's name. */
export function pack(folder: string, destination: string): string {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const printed = execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(printed))[0].filename;
}

const LEAST_DAYS = 180;

/** A release that soon ends would have every stack's exemptions end with it. */
export function reviewProblem(until: string, today: string): string | undefined {
  const days = daysUntil(until, today);
  return days >= LEAST_DAYS
    ? undefined
    : `REVIEWED_UNTIL in config/version.ts is ${until}, ${days} days ahead: review exemptions and pins, and set it a year ahead`;
}

function release(folder: string): void {
  const problem = reviewProblem(REVIEWED_UNTIL, dayOf(new Date()));
  if (problem !== undefined) throw new Error(problem);
  const project = projectRoot();
  if (!existsSync(join(project, "dist", "policypack", "index.js"))) throw new Error('run "npm run build" first');
  rmSync(folder, { recursive: true, force: true });
  const policies = join(folder, "policypack");
  policyPack(policies);
  for (const file of [pack(project, folder), pack(policies, folder)]) console.log(join(folder, file));
  console.log(policies);
}

function main([folder = join("build", "release"), ...more]: readonly string[]): number {
  const asked = folder === "--help";
  if (asked || folder.startsWith("-") || more.length > 0) {
    console[asked ? "log" : "error"](USAGE);
    return asked ? 0 : 2;
  }
  release(resolve(folder));
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
