import { rule } from "../../engine/rule";

/** Admission webhooks name the resources that they judge. */
export const webhookScope = rule({
  id: "addons/webhook-scope",
  severity: "high",
  title: "Admission webhooks name the resources that they judge",
  why: "A webhook on every resource sees every Secret, and when it fails nothing in the cluster changes any more, its own repair included.",
  standards: { iso27002: ["8.9", "8.14"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  ],
  valid: `object.?webhooks.orValue([]).all(w, w.?rules.orValue([]).all(r,
      r.?apiGroups.orValue([]).all(g, g != "*") || r.?resources.orValue([]).all(x, x != "*" && x != "*/*")))`,
  message: "judges every resource of every group",
  field: "webhooks",
  remedy: "List apiGroups and resources.",
  notAtAdmission: "the API server does not send admission configuration to admission policies",
});
