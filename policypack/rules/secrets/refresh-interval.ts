import { z } from "zod";
import { rule } from "../../engine/rule";

/** External secrets are read again regularly. */
export const refreshInterval = rule({
  id: "secrets/refresh-interval",
  severity: "medium",
  title: "External secrets are read again regularly",
  why: "With interval 0 or policy CreatedOnce a rotated or withdrawn secret stays in use until someone notices; with a very long interval nearly so.",
  standards: { iso27002: ["5.17", "8.24"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["external-secrets.io/ExternalSecret"],
  parameters: z.strictObject({ longest: z.string().default("2160h") }),
  valid: `object.spec.?refreshPolicy.orValue("Periodic") in ["Periodic", "OnChange"] &&
    duration(object.spec.?refreshInterval.orValue("1h")) > duration("0s") &&
    duration(object.spec.?refreshInterval.orValue("1h")) <= duration(params.longest)`,
  message: "is not read again within the longest interval",
  field: "spec.refreshInterval",
  remedy: "Set refreshInterval, such as 1h0m0s, and refreshPolicy Periodic.",
});
