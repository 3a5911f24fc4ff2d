import { z } from "zod";
import { isoDay } from "../../config/fields";
import { profiles } from "./rule";

const ruleId = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "expected the id of a rule, such as pod-security/host-namespaces");

/** What a stack changes of one rule. A plain level is short for `{ level }`. */
const ruleSetting = z.strictObject({
  /** Default: the profile's level. */
  level: z.enum(["mandatory", "advisory", "remediate", "off"]).optional(),
  /** Why the stack departs from the profile; shown in the report. */
  reason: z.string().min(1).optional(),
  /** Replaces the rule's default parameters, key by key. */
  parameters: z.record(z.string(), z.unknown()).optional(),
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
  rule: ruleId,
  target: exemptionTarget,
  reason: z.string().min(1),
  /** Who answers for it. */
  owner: z.string().min(1),
  /** The last day it holds (UTC). */
  expires: isoDay,
});

/** Policy settings of a stack, under `policies` of its configuration and in `--policy-pack-config`. */
export const policySettings = z.strictObject({
  /** The set of levels to start from. */
  profile: z.enum(profiles).default("mijnbureau"),
  /** Whether a mandatory rule that cannot be decided before deployment fails the preview. Admission decides it later in any case. */
  onUndecided: z.enum(["fail", "warn"]).default("warn"),
  /** The Pod Security version for pods in namespaces that pin none. */
  podSecurityVersion: z
    .string()
    .regex(/^(latest|v1\.\d+)$/, "expected latest or v1.<minor>, such as v1.37")
    .default("latest"),
  rules: z.record(ruleId, ruleSetting).default({}),
  exemptions: z.array(exemption).default([]),
});

export type PolicySettings = z.infer<typeof policySettings>;
export type RuleSetting = z.infer<typeof ruleSetting>;
export type Exemption = z.infer<typeof exemption>;
