import { z } from "zod";
import { rule } from "../../engine/rule";

/** Admission webhooks answer within ten seconds or are given up. */
export const webhookTimeout = rule({
  id: "addons/webhook-timeout",
  severity: "medium",
  title: "Admission webhooks answer within ten seconds or are given up",
  why: "Every request of their kinds waits for them: a webhook that hangs makes the control plane hang.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  ],
  parameters: z.strictObject({ maximum: z.int().default(10) }),
  valid: `object.?webhooks.orValue([]).all(w, !has(w.timeoutSeconds) || w.timeoutSeconds <= params.maximum)`,
  message: "may hold a request for more than ten seconds",
  field: "webhooks",
  remedy: "Set timeoutSeconds to 10 or less.",
  notAtAdmission: "the API server does not send admission configuration to admission policies",
});
