import { z } from "zod";
import { wording } from "../../../config/errors";
import type { OperatorSettings } from "../../../config/load";
import { scanOperators } from "./registry";

/** Validates `operators:` of the stack file. An operator that the file does not name gets its defaults. */
export function operatorSettings(input: unknown): z.ZodSafeParseResult<OperatorSettings> {
  const shape = Object.fromEntries(scanOperators().map((operator) => [operator.name, operator.schema.prefault({})]));
  return z.strictObject(shape).safeParse(input, { error: wording });
}
