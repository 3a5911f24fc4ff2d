import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { catalogue } from "./catalogue-plugin";

/** The pack's folder in the sources, where npm runs its scripts. */
const folder = process.cwd();
const manifest = join(folder, "package.json");
const original = join(folder, ".package.json.original");

/** What an installed pack needs beside its own file, at the versions of this project. */
const DEPENDENCIES = ["@pulumi/policy", "@pulumi/pulumi"];

function read(file: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof parsed !== "object" || parsed === null) throw new Error(`${file} holds no object`);
  return { ...parsed };
}

const written = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function versions(): Record<string, unknown> {
  const { dependencies } = read(join(folder, "..", "package.json"));
  if (typeof dependencies !== "object" || dependencies === null) throw new Error("package.json has no dependencies");
  return Object.fromEntries(Object.entries(dependencies).filter(([name]) => DEPENDENCIES.includes(name)));
}

/** Before `npm pack`: one file with the rules and all that they use, and a manifest that names it. */
async function prepare(): Promise<void> {
  mkdirSync(join(folder, "bin"), { recursive: true });
  await build({
    entryPoints: [join(__dirname, "standalone.js")],
    outfile: join(folder, "bin", "index.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    external: DEPENDENCIES.flatMap((name) => [name, `${name}/*`]),
    plugins: [catalogue],
    logLevel: "warning",
  });
  const own = read(manifest);
  writeFileSync(original, readFileSync(manifest));
  writeFileSync(manifest, written({ ...own, main: "bin/index.js", dependencies: versions() }));
}

/** After it: the manifest of the sources, which starts what the build made. */
function restore(): void {
  writeFileSync(manifest, readFileSync(original));
  rmSync(original);
  rmSync(join(folder, "bin"), { recursive: true });
}

if (process.argv[2] === "restore") restore();
else
  prepare().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
