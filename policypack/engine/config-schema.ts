import type { PolicyConfigSchema } from "@pulumi/policy";
import { z } from "zod";
import { policySettings } from "../../config/policies";

type Properties = PolicyConfigSchema["properties"];

function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The schema of `--policy-pack-config`: that of the settings, so that Pulumi refuses what does not fit. Without
 * defaults, which Pulumi would fill in and which would then count for more than what the stack itself sets.
 */
export function configSchema(): PolicyConfigSchema {
  const schema = z.toJSONSchema(policySettings, {
    io: "input",
    override: ({ jsonSchema }) => {
      delete jsonSchema.default;
    },
  });
  const { properties } = schema;
  if (!isProperties(properties)) throw new Error("the settings have no properties");
  return { properties };
}
