import { spawnSync } from "node:child_process";

const RUNS = 5;

export interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
}

export interface Measured {
  readonly name: string;
  /** Seconds from process start to end: median of the runs. */
  readonly seconds: number;
  /** Seconds of processor time, likewise; less disturbed by what else runs. */
  readonly processor: number;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Seconds that an action takes. */
export function timed(action: () => void): number {
  const start = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Runs contestants in turn, so that what else the machine does falls on all of them. */
export function measure(contestants: readonly Contestant[], runs = RUNS): readonly Measured[] {
  const walls = contestants.map((): number[] => []);
  const processors = contestants.map((): number[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, { command }] of contestants.entries()) {
      const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1';
      let report = "";
      const wall = timed(() => {
        report = spawnSync("bash", ["-c", script, "bash", ...command], { encoding: "utf8" }).stderr;
      });
      const [user = 0, system = 0] = report.trim().split(" ").map(Number);
      walls[index]?.push(wall);
      processors[index]?.push(user + system);
    }
  }
  return contestants.map(({ name }, index) => ({
    name,
    seconds: median(walls[index] ?? []),
    processor: median(processors[index] ?? []),
  }));
}

/** A table of times, with how many times as long each took as the first. */
export function print(title: string, results: readonly Measured[]): void {
  const [own] = results;
  const head = ["wall s", "cpu s", "wall ratio", "cpu ratio"].map((text) => text.padStart(12)).join("");
  console.log(`\n${title}\n${"".padEnd(24)}${head}`);
  for (const { name, seconds, processor } of results) {
    const ratios = own === undefined ? [] : [seconds / own.seconds, processor / own.processor];
    console.log(
      name.padEnd(24) + [seconds, processor, ...ratios].map((value) => value.toFixed(2).padStart(12)).join(""),
    );
  }
}
