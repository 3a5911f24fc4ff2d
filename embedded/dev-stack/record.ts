import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ClusterError } from "../../lib/kube/errors";
import { readIfPresent } from "../cluster/files";

/** What the last run of `pulumi up` on the dev stack was about; `fingerprint` only once it has succeeded. */
const recordSchema = z.object({
  clusterUid: z.string(),
  fingerprint: z.string().optional(),
  /** Digest of the state that it left. */
  state: z.string().optional(),
});
export type StartRecord = z.infer<typeof recordSchema>;

export const recordFile = (stateDir: string): string => join(stateDir, "start.json");

export function readRecord(path: string): StartRecord | undefined {
  const text = readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // damaged: then `pulumi up` decides
  }
}

const foreignPassphrase = (stateDir: string): string => join(stateDir, "passphrase");

/** Removes the stack's state, which describes objects of a cluster that is no more. */
export function forgetStack(stateDir: string): void {
  for (const path of [join(stateDir, "backend"), recordFile(stateDir), foreignPassphrase(stateDir)])
    rmSync(path, { recursive: true, force: true });
}

/** Earlier versions made a passphrase on each machine; their state cannot be read with the one that all have now. */
export function refuseForeignState(stateDir: string): void {
  if (!existsSync(foreignPassphrase(stateDir))) return;
  throw new ClusterError(
    `the dev stack in ${stateDir} is of an earlier version, with a passphrase of its own. Start over: npm run cluster -- reset`,
  );
}
