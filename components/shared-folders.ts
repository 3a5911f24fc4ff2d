import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { asObject, asString, at } from "../lib/json";

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
  const operators = at(read(file), "config", "mijnbureau-platform:operators");
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
function read(file: string): ReturnType<typeof asObject> {
  try {
    return asObject(parse(fs.readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Folders of buckets that a stack shares with another of the same checkout, as sentences. */
export function sharedFolders(root: string, stack: string): string[] {
  const files = fs.readdirSync(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
  const own = `Pulumi.${stack}.yaml`;
  const others = files
    .filter((name) => name !== own)
    .map((name) => ({ name, folders: foldersOf(path.join(root, name)) }));
  return foldersOf(path.join(root, own)).flatMap(({ key, prefix, place }) =>
    others
      .filter(({ folders }) => folders.some((folder) => folder.place === place))
      .map(
        ({ name }) =>
          `${key}: "${prefix}" is the folder of ${name} too: each would write over the other's objects and remove them. ` +
          "Give each its own, or remove the key: the folder then names organisation and cluster",
      ),
  );
}
