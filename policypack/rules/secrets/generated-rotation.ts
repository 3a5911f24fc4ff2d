import { z } from "zod";
import { rule } from "../../engine/rule";

/** Generated secrets change when that is meant (external-secrets issue 4756). */
export const generatedRotation = rule({
  id: "secrets/generated-rotation",
  severity: "medium",
  title: "Generated secrets change when that is meant",
  why: "A generator keeps nothing: each refresh draws a new value. A short interval changes the password under what uses it, and interval 0 or CreatedOnce leaves it to an upgrade of the operator, at a moment that nobody chose.",
  standards: { iso27002: ["5.17", "8.24"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["external-secrets.io/ExternalSecret"],
  parameters: z.strictObject({
    shortest: z.string().default("24h"),
    /** Generators of lasting values; those of tokens that expire must be refreshed often. */
    generators: z.array(z.string().min(1)).default(["Password", "SSHKey", "UUID"]),
  }),
  when: `object.spec.?dataFrom.orValue([]).exists(d, d.?sourceRef.?generatorRef.?kind.orValue("") in params.generators)`,
  valid: `object.spec.?refreshPolicy.orValue("Periodic") == "Periodic" &&
    duration(object.spec.?refreshInterval.orValue("1h")) >= duration(params.shortest)`,
  message: "draws a new value too often, or only by accident",
  field: "spec.refreshInterval",
  remedy: "Set refreshInterval to the period of rotation, such as 2160h0m0s, and refreshPolicy Periodic.",
});
