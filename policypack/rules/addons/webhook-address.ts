import { rule } from "../../engine/rule";

/** Admission webhooks are asked inside the cluster. */
export const webhookAddress = rule({
  id: "addons/webhook-address",
  severity: "high",
  title: "Admission webhooks are asked inside the cluster",
  why: "The API server sends a webhook whole objects, Secrets among them, and does what it answers: by an address outside, that is whoever holds the name or the way to it.",
  standards: { iso27002: ["8.9", "8.22"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  ],
  valid: `object.?webhooks.orValue([]).all(w, !w.clientConfig.?url.hasValue() ||
    w.clientConfig.url.lowerAscii().matches("^https://(localhost|127[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}|\\\\[::1\\\\]|[a-z0-9-]+[.][a-z0-9-]+[.]svc([.]cluster[.]local)?)(:[0-9]+)?(/|$)"))`,
  message: "asks a webhook outside the cluster",
  field: "webhooks",
  remedy: "Name a Service in clientConfig.service; grant a host that is meant an exemption.",
  notAtAdmission: "the API server does not send admission configuration to admission policies",
});
