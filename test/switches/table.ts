/** What one operator's switch took and moved. */
export interface Switched {
  readonly operator: string;
  /** On in the dev stack before the test. */
  readonly initially: boolean;
  /** Seconds of the whole command. */
  readonly off: number;
  readonly on: number;
  /** How many objects come and go with it, those of others included. */
  readonly objects: number;
  readonly notes: readonly string[];
}

export function printed(rows: readonly Switched[]): string {
  const cells = rows.map(({ operator, initially, off, on, objects, notes }) => [
    operator,
    off.toFixed(0),
    on.toFixed(0),
    String(objects),
    [...(initially ? [] : ["off by default"]), ...notes].join(", "),
  ]);
  const all = [["operator", "off (s)", "on (s)", "objects", ""], ...cells];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
