import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { z } from "zod";
import { describeIssues, wording } from "../../config/errors";
import { isoDay } from "../../config/fields";
import { UserError } from "../../lib/errors";

/** Why a product is not affected, in OpenVEX' words (openvex/spec, OPENVEX-SPEC.md, "Status Justifications"). */
const justifications = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;

const common = {
  id: z.string().regex(/^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})$/, "is not an id; example: CVE-2026-12345"),
  images: z
    .array(z.string().min(3))
    .min(1)
    .optional()
    .describe("Repositories that it is about, without tag; absent: all."),
  owner: z.string().min(1).describe("Who answers for it."),
  reason: z.string().min(10, "says too little: why this is so, in a sentence"),
  decided: isoDay.describe("When it was decided."),
  expires: isoDay.describe("The last day it holds; then it counts again."),
};

const decision = z.discriminatedUnion("decision", [
  z.strictObject({ ...common, decision: z.literal("not_affected"), justification: z.enum(justifications) }),
  z.strictObject({
    ...common,
    decision: z.literal("accepted"),
    mitigation: z.string().min(10, "says too little: what is done against it meanwhile"),
  }),
  z.strictObject({ ...common, decision: z.literal("under_investigation") }),
]);
export type Decision = z.infer<typeof decision>;

const file = z.strictObject({ decisions: z.array(decision).default([]) });

/**
 * What was decided of vulnerabilities, with who answers for it and until when.
 *
 * @throws {UserError} with everything that is wrong.
 */
export function readDecisions(path: string): readonly Decision[] {
  let content: unknown;
  try {
    // A file of comments alone is none of a document to js-yaml, and no decision to us.
    const text = readFileSync(path, "utf8");
    content = /^\s*(#.*\s*)*$/.test(text) ? {} : (load(text) ?? {});
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
  }
  const parsed = file.safeParse(content, { error: wording });
  if (!parsed.success)
    throw new UserError(
      `${path}:\n${describeIssues(parsed.error, content)
        .map((line) => `  - ${line}`)
        .join("\n")}`,
    );
  return parsed.data.decisions;
}
