import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Documents between two looks at the memory. */
const INTERVAL = 200;

/** Below this nothing is collected that Node.js would not collect by itself. */
const PLENTY = 400 * 1024 * 1024;

/** How much is let grow before the next collection. */
const GROWTH = 100 * 1024 * 1024;

const used = (): number => getHeapStatistics().used_heap_size;

/**
 * Keeps large scans small. Node.js lets garbage grow with the objects that are kept, to nearly their size again,
 * before it collects.
 */
export class Memory {
  private documents = 0;
  private next = PLENTY;
  private collect: (() => void) | undefined;

  /** Called for each document. */
  document(): void {
    if (++this.documents % INTERVAL !== 0 || used() < this.next) return;
    this.collect ??= collector();
    this.collect();
    this.next = Math.max(PLENTY, used() + GROWTH);
  }
}

function isFunction(value: unknown): value is () => void {
  return typeof value === "function";
}

// Node.js gives the collector to a program only in this way, short of a flag at its start (V8's --expose-gc).
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  return isFunction(found) ? found : (): void => undefined;
}
