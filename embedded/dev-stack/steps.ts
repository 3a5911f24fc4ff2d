/** A line of Pulumi's display for a step: what it does, to which resource, and what it waits for, if it says so. */
const STEP =
  /^ [ +\-~><]{1,3} +(?<type>\S+) (?<name>\S+) \**(?<verb>creat|updat|delet|replac)(?<end>ing|ed)\b[^(]*\(\S+\)\s*(?<status>.*)$/;

/** After so long without a finished step, the one that holds the others up is named. */
const PATIENCE_SECONDS = 20;

/** The steps of a run of Pulumi, far too many to show one by one: how many are done, and what the rest waits for. */
export class Steps {
  #done = 0;
  #lastDone = 0;
  readonly #waiting = new Map<string, string>();

  /** Reads a line of the display, `seconds` after the run began. */
  take(line: string, seconds: number): void {
    const { type = "", name = "", end, status = "" } = STEP.exec(line.trimEnd())?.groups ?? {};
    if (end === undefined) return;
    const resource = `${type.split(":").at(-1) ?? ""} ${name}`;
    if (end === "ed") {
      this.#done++;
      this.#lastDone = seconds;
      this.#waiting.delete(resource);
    } else if (type.startsWith("kubernetes:") && status !== "") {
      this.#waiting.set(resource, status);
    }
  }

  /** One line for the user. */
  describe(seconds: number): string {
    const time = `(${String(seconds)} s)`;
    const progress = this.#done === 0 ? `working ${time}` : `${String(this.#done)} resources done ${time}`;
    const [held] = this.#waiting;
    if (held === undefined || seconds - this.#lastDone < PATIENCE_SECONDS) return progress;
    return `${progress}; waiting for ${held.join(": ")}`;
  }
}
