import { createInterface } from "node:readline/promises";
import { UsageError } from "../command";

/** Asks a person to type a word; who cannot be asked has to have said yes before. */
export async function agreed(what: string, word: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) throw new UsageError("nobody can be asked here; add --yes once the plan is what you mean");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(`${what} Type ${word} to go on: `)).trim() === word;
  } finally {
    lines.close();
  }
}
