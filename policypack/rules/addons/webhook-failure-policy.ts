import { rule } from "../../engine/rule";

/** Validating webhooks refuse what they could not judge. */
export const webhookFailurePolicy = rule({
  id: "addons/webhook-failure-policy",
  severity: "high",
  title: "Validating webhooks refuse what they could not judge",
  why: "With failurePolicy Ignore an attacker switches the check off by loading, stopping or disconnecting the webhook.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "object",
  kinds: ["admissionregistration.k8s.io/ValidatingWebhookConfiguration"],
  valid: `object.?webhooks.orValue([]).all(w, w.?failurePolicy.orValue("Fail") == "Fail")`,
  message: "lets objects pass unjudged while the webhook does not answer",
  field: "webhooks",
  remedy: "Set failurePolicy: Fail, and run more than one replica with a disruption budget.",
  notAtAdmission: "the API server does not send admission configuration to admission policies",
});
