import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { z } from "zod";

/** What a package.json says about itself and, under "pulumi", about the resource plugin that it needs. */
const packageSchema = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  pulumi: z
    .looseObject({
      resource: z.boolean().default(false),
      name: z.string().optional(),
      version: z.string().optional(),
      server: z.string().optional(),
    })
    .optional(),
});
type Package = z.infer<typeof packageSchema>;

export interface RequiredPlugin {
  readonly name: string;
  /** With a leading "v", as the engine expects it. */
  readonly version: string;
  readonly server: string;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** The resource plugins that the program's direct dependencies need. */
export function requiredPlugins(directory: string): RequiredPlugin[] {
  return installed(directory).flatMap(({ pulumi, name = "", version = "" }) => {
    const pluginName = pulumi?.name ?? (name.startsWith("@pulumi/") ? name.slice("@pulumi/".length) : undefined);
    if (pulumi?.resource !== true || pluginName === undefined) return [];
    const pluginVersion = (pulumi.version ?? version).replace(/^v?/, "v");
    return [{ name: pluginName, version: pluginVersion, server: pulumi.server ?? "" }];
  });
}

/** The program's direct dependencies, as installed. */
export function dependencies(directory: string): Dependency[] {
  return installed(directory).map(({ name = "", version = "" }) => ({ name, version }));
}

function installed(directory: string): Package[] {
  const file = findUp("package.json", directory);
  const own = file === undefined ? undefined : read(file);
  if (file === undefined || own === undefined) return [];
  const names = [...new Set([...Object.keys(own.dependencies), ...Object.keys(own.devDependencies)])];
  return names.flatMap((name) => {
    // Not `require.resolve("<name>/package.json")`: a package may leave that out of its "exports".
    const folders = createRequire(file).resolve.paths(name) ?? [];
    const manifest = folders
      .map((folder) => path.join(folder, name, "package.json"))
      .find((each) => fs.existsSync(each));
    const found = manifest === undefined ? undefined : read(manifest);
    return found === undefined ? [] : [found];
  });
}

function read(file: string): Package | undefined {
  try {
    return packageSchema.safeParse(JSON.parse(fs.readFileSync(file, "utf8"))).data;
  } catch {
    // A broken manifest is npm's to report; here it only means that nothing is known about that package.
    return undefined;
  }
}

function findUp(name: string, directory: string): string | undefined {
  const file = path.join(directory, name);
  if (fs.existsSync(file)) return file;
  const parent = path.dirname(directory);
  return parent === directory ? undefined : findUp(name, parent);
}
