import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asObject, asObjects, asList, asString } from "../../lib/json";
import type { Json } from "../../lib/json";
import { readYaml } from "./yaml/read";

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/**
 * The files that a kustomization beside or above them names as patches: parts of objects
 * that mean something only once they are put together.
 */
export function patchesAmong(files: readonly string[]): ReadonlySet<string> {
  const folders = new Set(files.flatMap((file) => withParents(dirname(file))));
  const patches = new Set<string>();
  for (const folder of folders) {
    const kustomizations = NAMES.map((name) => join(folder, name)).filter((file) => existsSync(file));
    for (const patch of kustomizations.flatMap(patchesOf)) patches.add(resolve(folder, patch));
  }
  return new Set(files.filter((file) => patches.has(resolve(file))));
}

/** Patches lie in folders of their own below the kustomization, too. */
const LEVELS = 3;

function withParents(folder: string): readonly string[] {
  return Array.from({ length: LEVELS }, (_, up) => join(folder, ...Array.from({ length: up }, () => "..")));
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
