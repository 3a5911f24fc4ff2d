import { z } from "zod";
import { rule } from "../../engine/rule";

/** Admission webhooks are called over TLS that is checked. */
export const webhookCa = rule({
  id: "addons/webhook-ca",
  severity: "medium",
  title: "Admission webhooks are called over TLS that is checked",
  why: "Without an authority of its own, and nobody who writes one in, every call fails: what is judged is refused or, with failurePolicy Ignore, passes unseen.",
  standards: { iso27002: ["8.24", "8.9"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  ],
  parameters: z.strictObject({
    /** Annotations by which a controller is asked to write the authority in. */
    annotations: z
      .array(z.string().min(1))
      .default([
        "cert-manager.io/inject-ca-from",
        "cert-manager.io/inject-ca-from-secret",
        "cert-manager.io/inject-apiserver-ca",
        "service.beta.openshift.io/inject-cabundle",
      ]),
    /** Labels by which the operator that serves the webhook finds its own configuration. */
    labels: z.array(z.string().min(1)).default(["external-secrets.io/component", "webhook.kyverno.io/managed-by"]),
  }),
  valid: `object.metadata.?annotations.orValue({}).exists(k, k in params.annotations) ||
    object.metadata.?labels.orValue({}).exists(k, k in params.labels) ||
    object.?webhooks.orValue([]).all(w, !w.clientConfig.?service.hasValue() || w.clientConfig.?caBundle.orValue("") != "")`,
  message: "calls a Service whose certificate no authority vouches for",
  field: "webhooks",
  remedy: "Set clientConfig.caBundle, or let cert-manager write it (annotation cert-manager.io/inject-ca-from).",
  notAtAdmission: "the API server does not send admission configuration to admission policies",
});
