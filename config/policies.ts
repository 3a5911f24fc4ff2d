import { z } from "zod";
import { isoDay } from "./fields";

/** The sets of levels a stack chooses from; `mijnbureau` is the default. */
export const profiles = ["baseline", "mijnbureau", "strict"] as const;
export type Profile = (typeof profiles)[number];

const ruleId = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "expected the id of a rule, such as pod-security/host-namespaces");

/** What a stack changes of one rule. */
const ruleSetting = z.strictObject({
  level: z
    .enum(["mandatory", "advisory", "remediate", "off"])
    .optional()
    .describe("`mandatory` refuses, `advisory` warns, `remediate` repairs where the rule can. Absent: the profile's."),
  reason: z.string().min(1).optional().describe("Why the stack departs from the profile; shown in the report."),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      "Replaces the rule's default parameters, key by key; `mijnbureau scan --explain <rule>` lists a rule's own.",
    ),
});

/** Which objects an exemption covers. Every field that is given must match; `*` stands for any run of characters. */
const exemptionTarget = z
  .strictObject({
    apiVersion: z.string().min(1).optional(),
    kind: z.string().min(1).optional(),
    namespace: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    container: z.string().min(1).optional(),
  })
  .refine(
    (target) => Object.keys(target).length > 0,
    "at least one of apiVersion, kind, namespace, name, container is needed",
  );

const exemption = z.strictObject({
  rule: ruleId.describe("Id of the rule."),
  target: exemptionTarget.describe(
    "Which objects. Every field that is given must match; `*` stands for any characters.",
  ),
  reason: z.string().min(1),
  owner: z.string().min(1).describe("Who answers for it."),
  expires: isoDay.describe("The last day it holds (UTC)."),
  runtime: z
    .boolean()
    .optional()
    .describe(
      "Whether a controller makes the objects, which no preview sees: whether it is unused or too wide is not judged.",
    ),
});

/** Policy settings of a stack, under `policies` of its configuration and in `--policy-pack-config`. */
export const policySettings = z.strictObject({
  profile: z.enum(profiles).default("mijnbureau").describe("The set of levels to start from."),
  onUndecided: z
    .enum(["fail", "warn"])
    .default("warn")
    .describe(
      "Whether a mandatory rule that cannot be decided before deployment fails the preview. Admission decides it in any case.",
    ),
  podSecurityVersion: z
    .string()
    .regex(/^(latest|v1\.\d+)$/, "expected latest or v1.<minor>, such as v1.37")
    .default("latest")
    .describe("The Pod Security version for pods in namespaces that pin none."),
  rules: z
    .record(ruleId, ruleSetting)
    .default({})
    .describe("What the stack changes of single rules, by their id (docs/rules)."),
  exemptions: z
    .array(exemption)
    .default([])
    .describe("Findings that are accepted for a time; expired and unused ones are findings themselves."),
});

export type PolicySettings = z.infer<typeof policySettings>;
export type Exemption = z.infer<typeof exemption>;
