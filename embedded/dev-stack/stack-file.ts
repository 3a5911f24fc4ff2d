import { readIfPresent, writeAtomic } from "../cluster/files";

const SALT = /^encryptionsalt: .*\n?/m;

/**
 * Pulumi writes the salt of the stack's passphrase into the stack file, and makes a new one where there is none. The
 * passphrase of the dev stack is made on each machine: its salt means nothing elsewhere, and one from elsewhere would
 * end every run with "incorrect passphrase". So it is taken out before and after, and never gets into version control.
 */
export async function withoutSalt<T>(path: string, work: () => Promise<T>): Promise<T> {
  strip(path);
  try {
    return await work();
  } finally {
    strip(path);
  }
}

function strip(path: string): void {
  const text = readIfPresent(path);
  if (text !== undefined && SALT.test(text)) writeAtomic(path, text.replace(SALT, ""), 0o644);
}
