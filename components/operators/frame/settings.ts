import { z } from "zod";
import { wording } from "../../../config/errors";
import { scanOperators } from "./registry";

/** Settings per operator, by name, each validated and defaulted by its own schema. */
export type OperatorSettings = Readonly<Record<string, unknown>>;

/** Validates `operators:` of the stack file. An operator that the file does not name gets its defaults. */
export function operatorSettings(input: unknown): z.ZodSafeParseResult<OperatorSettings> {
  const shape = Object.fromEntries(scanOperators().map((operator) => [operator.name, operator.schema.prefault({})]));
  return z.strictObject(shape).safeParse(input, { error: wording });
}
