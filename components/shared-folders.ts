import * as path from "node:path";
import { asObject, asString, at, type Json } from "../lib/json";
import { configIn, fileOf, PROJECT, stacksIn } from "./stack-yaml";

/** Where a stack writes to a bucket. Its `velero.received` is not here: that is another region's folder, and read only. */
const WRITES = [
  ["velero", "storage"],
  ["velero", "secondary", "location"],
  ["loki", "storage"],
  ["databases", "store"],
] as const;
/** What tells one bucket from another, by the settings of S3, Azure and Google. */
const BUCKET = ["url", "account", "storageAccount", "bucket", "chunksBucket", "container"] as const;

interface Folder {
  readonly key: string;
  readonly prefix: string;
  /** The same for two stacks that would write over one another. */
  readonly place: string;
}

/** The folders that a stack file names itself; those that it leaves out carry organisation and cluster. */
function foldersOf(file: string): Folder[] {
  const operators = operatorsIn(file);
  return WRITES.flatMap((steps): Folder[] => {
    const store = at(operators, ...steps);
    const prefix = asString(at(store, "prefix"));
    // To Velero an empty one is none (operators/velero/locations.ts); to Loki it is the bucket itself.
    if (prefix === undefined || (prefix === "" && steps[0] === "velero")) return [];
    const bucket = BUCKET.map((field) => asString(at(store, field)) ?? "");
    const place = JSON.stringify([...bucket, prefix.replace(/^\/+|\/+$/g, "")]);
    return [{ key: ["operators", ...steps, "prefix"].join("."), prefix, place }];
  });
}

/** A file that cannot be read is told of where its own stack is worked on. */
function operatorsIn(file: string): Json | undefined {
  try {
    return asObject(configIn(file)[`${PROJECT}:operators`]);
  } catch {
    return undefined;
  }
}

/** Folders of buckets that a stack shares with another of the same checkout, as sentences. */
export function sharedFolders(root: string, stack: string): string[] {
  const others = stacksIn(root)
    .filter((name) => name !== stack)
    .map((name) => fileOf(root, name))
    .map((file) => ({ name: path.basename(file), folders: foldersOf(file) }));
  return foldersOf(fileOf(root, stack)).flatMap(({ key, prefix, place }) =>
    others
      .filter(({ folders }) => folders.some((folder) => folder.place === place))
      .map(
        ({ name }) =>
          `${key}: "${prefix}" is the folder of ${name} too: each would write over the other's objects and remove them. ` +
          "Give each its own, or remove the key: the folder then names organisation and cluster",
      ),
  );
}
