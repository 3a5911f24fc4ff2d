import { randomBytes } from "node:crypto";
import { z } from "zod";
import { bcrypt } from "./bcrypt";
import { password, passwordProblem } from "./generate";
import { secret } from "./wire";

export interface Problem {
  readonly property: string;
  readonly reason: string;
}

/** One resource type: its inputs with the official defaults, and how its outputs are made. */
export interface RandomResource {
  readonly check: (inputs: unknown) => { inputs: Record<string, unknown>; problems: Problem[] };
  readonly create: (inputs: unknown) => { id: string; outs: Record<string, unknown> };
}

const keepers = z.record(z.string(), z.unknown()).optional();
const count = z.number().int().min(0).default(0);
const flag = z.boolean().default(true);

const passwordSchema = z.strictObject({
  keepers,
  length: z.number(),
  lower: flag,
  upper: flag,
  special: flag,
  // `number` is the deprecated name of `numeric`; the official provider keeps both in step.
  number: z.boolean().optional(),
  numeric: z.boolean().optional(),
  minLower: count,
  minUpper: count,
  minNumeric: count,
  minSpecial: count,
  overrideSpecial: z.string().optional(),
});

const bytesSchema = z.strictObject({ keepers, length: z.number().int().min(1) });
const idSchema = z.strictObject({ keepers, byteLength: z.number().int().min(1), prefix: z.string().optional() });

function normalPassword(inputs: z.infer<typeof passwordSchema>) {
  const numeric = inputs.numeric ?? inputs.number ?? true;
  return { ...inputs, numeric, number: numeric };
}

function resource<Schema extends z.ZodType<Record<string, unknown>>>(
  schema: Schema,
  create: (inputs: z.output<Schema>) => { id: string; outs: Record<string, unknown> },
  problem: (inputs: z.output<Schema>) => Problem | undefined = () => undefined,
): RandomResource {
  return {
    check: (inputs) => {
      const parsed = schema.safeParse(inputs);
      if (!parsed.success) {
        const problems = parsed.error.issues.map(({ path, message }) => ({
          property: path.join("."),
          reason: message,
        }));
        return { inputs: {}, problems };
      }
      const found = problem(parsed.data);
      return { inputs: parsed.data, problems: found === undefined ? [] : [found] };
    },
    create: (inputs) => create(schema.parse(inputs)),
  };
}

/** By type token. Secret outputs are those that the official schema marks as secret. */
export const RESOURCES: Readonly<Record<string, RandomResource>> = {
  "random:index/randomPassword:RandomPassword": resource(
    passwordSchema.transform(normalPassword),
    (inputs) => {
      const result = password(inputs);
      return { id: "none", outs: { ...inputs, result: secret(result), bcryptHash: secret(bcrypt(result)) } };
    },
    passwordProblem,
  ),
  "random:index/randomBytes:RandomBytes": resource(bytesSchema, (inputs) => {
    const bytes = randomBytes(inputs.length);
    const base64 = bytes.toString("base64");
    // The id is stored in plain text, so it must not be the value.
    return { id: "none", outs: { ...inputs, base64: secret(base64), hex: secret(bytes.toString("hex")) } };
  }),
  "random:index/randomId:RandomId": resource(idSchema, (inputs) => {
    const bytes = randomBytes(inputs.byteLength);
    const prefix = inputs.prefix ?? "";
    const hex = bytes.toString("hex");
    const outs = {
      ...inputs,
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + bytes.toString("base64url"),
      hex: prefix + hex,
      dec: prefix + BigInt(`0x${hex}`).toString(),
    };
    return { id: bytes.toString("base64url"), outs };
  }),
};
