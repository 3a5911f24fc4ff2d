import { encodeBase64, hashSync } from "bcryptjs";
import { randomBytes } from "node:crypto";

const COST = 10;

/**
 * The `bcryptHash` output of RandomPassword, as Go's `golang.org/x/crypto/bcrypt` writes it for the official provider:
 * version `2a`; only the first 72 bytes of the password count.
 */
export function bcrypt(password: string, salt: Uint8Array = randomBytes(16)): string {
  return hashSync(password, `$2a$${String(COST)}$${encodeBase64(salt, 16)}`);
}
