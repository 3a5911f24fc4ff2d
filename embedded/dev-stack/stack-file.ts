import { readIfPresent, writeAtomic } from "../cluster/files";

const SALT = /^encryptionsalt: .*\n?/m;

/**
 * Pulumi writes the salt of the stack's passphrase into the stack file. The passphrase of the dev stack is made on each
 * machine, so its salt belongs to the machine too, and not into a file under version control; the state has its own.
 */
export async function withUnchangedStackFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = readIfPresent(path);
  try {
    return await work();
  } finally {
    const after = readIfPresent(path);
    if (before !== undefined && after !== undefined && !SALT.test(before) && after.replace(SALT, "") !== after) {
      writeAtomic(path, after.replace(SALT, ""), 0o644);
    }
  }
}
