import { z } from "zod";
import { rule } from "../../engine/rule";

/** Certificates last no longer than needed. Authorities last longer than what they sign. */
export const certificateDuration = rule({
  id: "exposure/certificate-duration",
  severity: "low",
  title: "Certificates last no longer than needed",
  why: "A key that is stolen is of use for as long as its certificate lasts, and a renewal that is seldom done fails when it is.",
  standards: { iso27002: ["8.24"], kyverno: ["limit-duration"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["cert-manager.io/Certificate"],
  parameters: z.strictObject({ maximum: z.string().default("8760h") }),
  when: `!object.spec.?isCA.orValue(false)`,
  valid: `duration(object.spec.?duration.orValue("2160h")) <= duration(params.maximum)`,
  message: "is valid for too long",
  field: "spec.duration",
  remedy: "Leave duration out (90 days), and let cert-manager renew it.",
});
