import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asObject, asObjects, asList, asString } from "../../lib/json";
import type { Json } from "../../lib/json";
import { readYaml } from "./yaml/read";

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/**
 * The files that a kustomization beside them, or one of the given files elsewhere, names as patches: parts of objects
 * that mean something only once they are put together.
 */
export function patchesAmong(files: readonly string[]): ReadonlySet<string> {
  const folders = new Set(files.map((file) => dirname(file)));
  const patches = new Set<string>();
  for (const folder of folders)
    for (const name of NAMES) {
      const file = join(folder, name);
      if (existsSync(file)) for (const patch of patchesOf(file)) patches.add(resolve(folder, patch));
    }
  return new Set(files.filter((file) => patches.has(resolve(file))));
}

function patchesOf(file: string): readonly string[] {
  const kustomization = asObject(read(file));
  if (kustomization === undefined) return [];
  const paths = (list: Json | undefined): readonly string[] =>
    asObjects(list).flatMap((each) => asString(each["path"]) ?? []);
  const merges = asList(kustomization["patchesStrategicMerge"]).flatMap((each) => asString(each) ?? []);
  return [
    ...paths(kustomization["patches"]),
    ...paths(kustomization["patchesJson6902"]),
    // An inline patch is text with line ends.
    ...merges.filter((each) => !each.includes("\n")),
  ];
}

function read(file: string): unknown {
  try {
    return readYaml(readFileSync(file, "utf8")).value;
  } catch {
    // Told when the file itself is scanned.
    return undefined;
  }
}
