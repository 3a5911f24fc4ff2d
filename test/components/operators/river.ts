/** A block of Alloy's configuration language: a component, or a block inside one. */
export interface Block {
  readonly name: string;
  readonly label: string | undefined;
  readonly arguments: Readonly<Record<string, string>>;
  readonly blocks: readonly Block[];
}

/**
 * Reads Alloy's configuration language as the platform writes it: one argument a line, or a block on one line.
 *
 * @throws where a line is neither
 */
export function readAlloy(text: string): readonly Block[] {
  const lines = text
    .replace(/\{ (.*) \}$/gm, (inline, inner: string) => (/^\w+ = /.test(inner) ? `{\n${inner}\n}` : inline))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  let at = 0;
  const body = (open: boolean): Pick<Block, "arguments" | "blocks"> => {
    const found: Record<string, string> = {};
    const blocks: Block[] = [];
    for (;;) {
      const line = lines[at++];
      if (line === undefined || line === "}") {
        if ((line === undefined) === open) throw new Error(`a block is ${open ? "not closed" : "closed twice"}`);
        return { arguments: found, blocks };
      }
      const argument = /^(\w+)\s*=\s*(.+)$/.exec(line);
      const block = /^([\w.]+)(?: "(\w+)")? \{$/.exec(line);
      if (argument !== null) found[argument[1] ?? ""] = argument[2] ?? "";
      else if (block !== null) blocks.push({ name: block[1] ?? "", label: block[2], ...body(true) });
      else throw new Error(`neither an argument nor a block: ${line}`);
    }
  };
  return body(false).blocks;
}
