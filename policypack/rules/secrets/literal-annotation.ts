import { z } from "zod";
import { rule } from "../../engine/rule";
import { namespacedKinds } from "../namespaces/_kinds";
import { givesAway, isSecret, recogniser } from "./_recogniser";

const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Annotations hold no secrets, a copy of a Secret's content by `kubectl apply` included. */
export const literalAnnotation = rule({
  id: "secrets/literal-annotation",
  severity: "high",
  title: "Annotations hold no secrets",
  why: "Annotations are not encrypted at rest, and are copied to events, reports and monitoring.",
  standards: { cis: ["5.4.1"], nsa: true, iso27002: ["8.24", "5.17"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: [...namespacedKinds],
  parameters: recogniser.extend({
    // As an annotation `…-secret` names a Secret (ingress-nginx, auth-secret and auth-tls-secret).
    names: z
      .string()
      .default(
        "(password|passwd|passphrase|token|api[._-]?key|access[._-]?key|private[._-]?key|client[._-]?secret)([._-]?[0-9]{1,3})?$",
      ),
  }),
  valid: `object.metadata.?annotations.orValue({}).all(k,
    !${isSecret("k", "object.metadata.annotations[k]")} && !${givesAway("object.metadata.annotations[k]")} &&
    (k != "${APPLIED}" || object.kind != "Secret" || !object.metadata.annotations[k].matches("\\"(data|stringData)\\" *: *[{] *\\"")))`,
  message: "holds a secret in an annotation",
  field: "metadata.annotations",
  remedy: "Move the value to a Secret, which an ExternalSecret writes; apply Secrets with --server-side.",
});
