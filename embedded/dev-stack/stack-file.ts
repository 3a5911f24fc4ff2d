import { readIfPresent, writeAtomic } from "../cluster/files";

const SALT = /^encryptionsalt: .*\n?/m;

/**
 * Pulumi writes the salt of the stack's passphrase into the stack file, and makes a new one where there is none. The
 * passphrase of the dev stack is made on each machine: its salt means nothing elsewhere, and one from elsewhere would
 * end every run with "incorrect passphrase". So it is taken out before and after, and never gets into version control.
 */
export async function withoutSalt<T>(path: string, work: () => Promise<T>): Promise<T> {
  const found = readIfPresent(path);
  const text = found?.replace(SALT, "");
  const restore = (): void => {
    // Whole, because Pulumi also lays the rest of the file out anew.
    if (text !== undefined && readIfPresent(path) !== text) writeAtomic(path, text, 0o644);
  };
  restore();
  try {
    return await work();
  } finally {
    restore();
  }
}
