import { z } from "zod";
import { reason } from "../../../config/fields";
import { syscallRuleNames } from "./rules";

const OWN = "MijnBureau ";

/** What a rule of Falco is not to report. A condition in data, so that no value can end it and begin another. */
export const falcoException = z.strictObject({
  rule: z
    .string()
    .min(1)
    .refine((name) => !name.startsWith(OWN) || syscallRuleNames.includes(name), {
      error: `is no rule of the platform; it has ${syscallRuleNames.join(", ")}`,
    })
    .describe("Name of the rule, the platform's or Falco's own, as its events give it."),
  when: z
    .array(
      z
        .strictObject({
          field: z
            .string()
            .regex(
              /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+(\[[a-zA-Z0-9_./-]+\])?$/,
              "is not a field of Falco; example: proc.name",
            ),
          is: z
            .array(
              z.string().regex(/^[^"\\\p{Cc}]+$/u, "has a quote, a backslash or a line break, which Falco would read"),
            )
            .min(1)
            .optional()
            .describe("One of these."),
          startsWith: z
            .string()
            .regex(/^[^"\\\p{Cc}]+$/u, "has a quote, a backslash or a line break, which Falco would read")
            .optional(),
        })
        .refine(
          ({ is, startsWith }) => (is === undefined) !== (startsWith === undefined),
          "needs either `is` or `startsWith`",
        ),
    )
    .min(1, "is empty: it would silence the whole rule; name what is expected, e.g. { field: proc.name, is: [yarn] }")
    .describe("What makes the event an expected one; all of it together."),
  reason,
});

export type FalcoException = z.infer<typeof falcoException>;

/** A rule's further condition, as Falco adds it to one that is loaded already (Falco, "Overriding Rules"). */
export function exceptionRules(exceptions: readonly FalcoException[]): object[] {
  return exceptions.map(({ rule, when }) => ({
    rule,
    condition: `and not (${when.map(condition).join(" and ")})`,
    override: { condition: "append" },
  }));
}

function condition({ field, is, startsWith }: FalcoException["when"][number]): string {
  if (startsWith !== undefined) return `${field} startswith "${startsWith}"`;
  return `${field} in (${(is ?? []).map((value) => `"${value}"`).join(", ")})`;
}
