/** The text is no YAML. `line` counts from 0. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}
