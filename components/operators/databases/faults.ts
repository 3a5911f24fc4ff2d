/** What can be wrong with a backup; `short` is a log that ends before the second that was asked for. */
export type Fault = "missing" | "truncated" | "corrupted" | "short";

const says: Readonly<Record<Fault, string>> = {
  missing:
    "a part of the backup is not in the object store; bring back what was deleted (docs/operations/databases.md), or restore from an older base backup",
  truncated: "a part of the backup ends too early; bring back its version before, or restore from an older base backup",
  corrupted: "a part of the backup is damaged; bring back its version before, or restore from an older base backup",
  short: "the log in the archive ends before the second that was asked for; ask for an earlier one, or for the last",
};

/** Barman 3.4 unpacks a damaged archive up to the damage and says nothing: PostgreSQL then finds no database.
 * Words of Barman, of Python's decompression and of PostgreSQL; the first that fits. */
const words: readonly (readonly [Fault, RegExp])[] = [
  ["short", /recovery ended before configured recovery target was reached/],
  [
    "truncated",
    /end-of-stream marker|unexpected end of (data|file)|incomplete or truncated stream|truncated header|premature end/i,
  ],
  [
    "corrupted",
    /could not find the database system|Error -3 while decompressing|BadGzipFile|Not a gzipped file|CRC check failed|not a gzip file|bad checksum|invalid (compressed data|header)|incorrect resource manager data checksum|could not decompress/i,
  ],
  [
    "missing",
    /NoSuchKey|Not Found|404|does not exist|doesn't exist|could not locate (required checkpoint record|a valid checkpoint record)|Missing file/i,
  ],
];

/** What a restore that failed says is wrong with the backup, from what its tools printed; undefined: something else. */
export function faultIn(output: string): { readonly fault: Fault; readonly says: string } | undefined {
  const found = words.find(([, pattern]) => pattern.test(output));
  return found === undefined ? undefined : { fault: found[0], says: says[found[0]] };
}
