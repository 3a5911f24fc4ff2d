import { createRequire } from "node:module";
import type * as stackFile from "../../components/stack-file";

function isStackFile(value: unknown): value is typeof stackFile {
  return typeof value === "object" && value !== null && "stackPolicies" in value;
}

/** The platform's own reader of stack files. Loaded when asked for: it knows every operator, and a scan seldom needs it. */
export function platform(): typeof stackFile {
  const loaded: unknown = createRequire(__filename)("../../components/stack-file");
  if (!isStackFile(loaded)) throw new Error('components/stack-file is no reader of stack files; run "npm run build"');
  return loaded;
}
