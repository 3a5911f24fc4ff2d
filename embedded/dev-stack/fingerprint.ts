import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { codeOf } from "../../lib/kube/errors";

/** What decides the outcome of `pulumi up` on the dev stack, and is not in this list, is in the cluster's own state. */
const SOURCES = [
  "Pulumi.yaml",
  "Pulumi.dev.yaml",
  "package-lock.json",
  "tsconfig.json",
  "charts.lock.json",
  "index.ts",
  "config",
  "components",
  "policypack",
  "embedded",
  "lib",
  "suite",
] as const;

export interface FingerprintInput {
  readonly root: string;
  /** Folders read from outside the checkout, by size and time of each file: the chart cache. */
  readonly folders: readonly string[];
  /** Whatever else matters, such as the tools' paths, which carry a digest of their sources. */
  readonly values: readonly string[];
}

/** A digest of every input of the dev stack: the same digest means that another `pulumi up` would change nothing. */
export function fingerprint({ root, folders, values }: FingerprintInput): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    walk(join(root, source), (file) => {
      add(hash, relative(root, file), readFileSync(file, "utf8"));
    });
  }
  for (const folder of folders) {
    walk(folder, (file) => {
      const { size, mtimeMs } = statSync(file);
      add(hash, relative(folder, file), `${String(size)} ${String(mtimeMs)}`);
    });
  }
  for (const value of values) add(hash, "", value);
  return hash.digest("hex");
}

function add(hash: Hash, name: string, content: string): void {
  hash.update(`${String(name.length)} ${name} ${String(content.length)} ${content}`);
}

function walk(path: string, visit: (file: string) => void): void {
  let entries: readonly string[];
  try {
    if (statSync(path).isFile()) {
      visit(path);
      return;
    }
    entries = readdirSync(path).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  for (const entry of entries) walk(join(path, entry), visit);
}
