import { writeSync } from "node:fs";
import { DataFileError } from "./data-file";
import { systemMessage } from "./problem";

const STDOUT = 1;

/** Milliseconds until a full pipe is tried again. */
const PAUSE = 5;

/**
 * Writes to standard output and waits until it is taken: `process.stdout` keeps in memory what the reader of a pipe
 * has not read yet, which is a whole report where the program does not pause. Throws a DataFileError where it cannot.
 */
export class Output {
  private closed = false;

  readonly write = (text: string): void => {
    for (let rest = Buffer.from(text); rest.length > 0 && !this.closed;) rest = rest.subarray(this.some(rest));
  };

  private some(data: Buffer): number {
    try {
      return writeSync(STDOUT, data);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A reader that stops reading (`| head`) is no failure; the findings still decide the status.
      if (code === "EPIPE") this.closed = true;
      else if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
      else throw new DataFileError(`standard output: ${systemMessage(error)}`);
      return 0;
    }
  }
}
