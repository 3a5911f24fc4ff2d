import type { World } from "./world";

/** What came of a proof. */
export interface Outcome {
  readonly tries: number;
  /** One line for every try that went otherwise than claimed. */
  readonly wrong: readonly string[];
  /** Why nothing was tried, where something that it needs is not there. */
  readonly skipped?: string;
  /** What a reader of the table should know: what stood in, what was sampled and how. */
  readonly notes?: readonly string[];
}

/** A claim about the platform, tried on nodes whose containers run. */
export interface Proof {
  readonly claim: string;
  /** Takes minutes: tried by `npm run test:node` alone. */
  readonly long?: boolean;
  readonly run: (world: World) => Promise<Outcome>;
}

export interface Row {
  readonly claim: string;
  readonly tries: number;
  readonly right: number;
  readonly seconds: number;
}

/** The table of `npm run test:node`. */
export function proofTable(rows: readonly Row[]): string {
  const cells = rows.map(({ claim, tries, right, seconds }) => [
    claim,
    String(tries),
    String(right),
    `${seconds.toFixed(0)} s`,
  ]);
  const all = [["claim", "tries", "right", "time"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return all.map(line).join("\n");
}
