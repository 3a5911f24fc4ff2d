import { z } from "zod";
import { rule } from "../../engine/rule";

/** Strict-Transport-Security, where a Traefik middleware sets it, holds for a year (NCSC-NL, ICT security guidelines for TLS, HSTS). */
export const hstsAge = rule({
  id: "exposure/hsts-age",
  severity: "low",
  title: "Strict-Transport-Security holds for a year",
  why: "A short age is forgotten between two visits, and the next one starts over plain HTTP again.",
  standards: { iso27002: ["8.24", "8.20"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["traefik.io/Middleware", "traefik.containo.us/Middleware"],
  parameters: z.strictObject({ seconds: z.int().default(31_536_000) }),
  when: `object.?spec.?headers.?stsSeconds.hasValue()`,
  valid: `int(object.spec.headers.stsSeconds) >= int(params.seconds)`,
  message: "sets Strict-Transport-Security for too short a time",
  field: "spec.headers.stsSeconds",
  remedy: "Set stsSeconds to 31536000.",
});
