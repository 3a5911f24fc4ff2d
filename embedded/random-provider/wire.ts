import { z } from "zod";

/** How the engine marks special values between itself and a provider (sdk/go/common/resource/properties.go). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const secretSchema = z.looseObject({ [SIGNATURE]: z.literal(SECRET), value: z.unknown() });

export function secret(value: string): Record<string, string> {
  return { [SIGNATURE]: SECRET, value };
}

/** The plain value inside any number of secret wrappers. */
export function reveal(value: unknown): unknown {
  const parsed = secretSchema.safeParse(value);
  return parsed.success ? reveal(parsed.data["value"]) : value;
}

export function isUnknown(value: unknown): boolean {
  return reveal(value) === UNKNOWN;
}
