import { z } from "zod";
import { rule } from "../../engine/rule";

/** Certificates are for few names. */
export const certificateNames = rule({
  id: "exposure/certificate-names",
  severity: "low",
  title: "Certificates are for few names",
  why: "One key for many names is on many machines, and whoever takes it from one speaks for all.",
  standards: { iso27002: ["8.24"], kyverno: ["limit-dnsnames"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["cert-manager.io/Certificate"],
  parameters: z.strictObject({ maximum: z.int().default(10) }),
  valid: `object.spec.?dnsNames.orValue([]).size() <= int(params.maximum)`,
  message: "is for too many names",
  field: "spec.dnsNames",
  remedy: "Give each application a certificate of its own.",
});
