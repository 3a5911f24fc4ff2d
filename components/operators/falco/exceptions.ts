import { z } from "zod";
import { isoDay } from "../../../config/fields";
import type { FalcoRule } from "./rules";

/** Fields by which an exception may say what it is about. */
const fields = {
  syscall: [
    "container.image.repository",
    "container.name",
    "fd.name",
    "fd.sip",
    "fd.sport",
    "k8s.ns.name",
    "proc.cmdline",
    "proc.exepath",
    "proc.name",
    "proc.pcmdline",
    "proc.pname",
  ],
  k8s_audit: ["ka.target.name", "ka.target.namespace", "ka.target.resource", "ka.user.name", "ka.useragent", "ka.verb"],
} as const;

/** The setting by which a stack says what is normal to it and would alert: with who answers for it, and until when. */
export function exceptionsTo(rules: readonly FalcoRule[], source: keyof typeof fields) {
  const value = z
    .string()
    .regex(/^[^"'\\\n]+$/, "holds a quote, a backslash or a line break, which a condition of Falco cannot hold here");
  const exception = z.strictObject({
    rule: z.enum(rules.map(({ rule }) => rule)).describe("Name of the rule."),
    fields: z
      .partialRecord(z.enum(fields[source]), value)
      .refine((given) => Object.keys(given).length > 0, "needs at least one field with its value")
      .describe("What the event has to have; all of it."),
    reason: z.string().min(1),
    owner: z.string().min(1).describe("Who answers for it."),
    expires: isoDay.describe("The last day it holds (UTC); the rule ends it by itself."),
  });
  return z.array(exception).default([]).describe("Events that are normal in this stack and would alert.");
}
