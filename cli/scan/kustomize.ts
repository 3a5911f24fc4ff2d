import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asObjects, asList, asString } from "../../lib/json";
import type { Json, JsonObject } from "../../lib/json";
import { readYaml } from "./yaml/read";

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/**
 * The files that a kustomization beside or above them names as patches: parts of objects
 * that mean something only once they are put together. What one names as a resource is whole.
 */
export function patchesAmong(files: readonly string[]): ReadonlySet<string> {
  const folders = new Set(files.flatMap((file) => withParents(dirname(file))));
  const patches = new Set<string>();
  const resources = new Set<string>();
  for (const folder of folders) {
    const kustomizations = NAMES.map((name) => join(folder, name)).filter((file) => existsSync(file));
    for (const kustomization of asObjects(kustomizations.map(read))) {
      for (const patch of patchesOf(kustomization)) patches.add(resolve(folder, patch));
      for (const resource of texts(kustomization["resources"])) resources.add(resolve(folder, resource));
    }
  }
  return new Set(files.filter((file) => patches.has(resolve(file)) && !resources.has(resolve(file))));
}

/** Patches lie in folders of their own below the kustomization, too. */
const LEVELS = 3;

function withParents(folder: string): readonly string[] {
  return Array.from({ length: LEVELS }, (_, up) => join(folder, ...Array.from({ length: up }, () => "..")));
}

const texts = (list: Json | undefined): readonly string[] => asList(list).flatMap((each) => asString(each) ?? []);

function patchesOf(kustomization: JsonObject): readonly string[] {
  const paths = (list: Json | undefined): readonly string[] =>
    asObjects(list).flatMap((each) => asString(each["path"]) ?? []);
  const merges = texts(kustomization["patchesStrategicMerge"]);
  return [
    ...paths(kustomization["patches"]),
    ...paths(kustomization["patchesJson6902"]),
    // An inline patch is text with line ends.
    ...merges.filter((each) => !each.includes("\n")),
  ];
}

function read(file: string): Json {
  try {
    return readYaml(readFileSync(file, "utf8")).value;
  } catch {
    // Told when the file itself is scanned.
    return null;
  }
}
