import { z } from "zod";
import { rule } from "../../engine/rule";
import { namespacedKinds } from "../namespaces/_kinds";
import { givesAway, isSecret, isShort, recogniser } from "./_recogniser";

const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Annotations hold no secrets, those of pod templates and a copy of a Secret's content by `kubectl apply` included.
 * Those of Vault's agent name files and the places of secrets.
 */
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
        "(password|passwd|passphrase|(api|access|private)[._-]?key|client[._-]?secret|secret[._-]?key)([._-]?[0-9]{1,3})?$|(^|[^a-z0-9])(token|credentials?|pass|pwd?|(encryption|signing|master|session)[._-]?key)([._-]?[0-9]{1,3})?$",
      ),
  }),
  valid: `[object.?metadata.?annotations.orValue({}), object.?spec.?template.?metadata.?annotations.orValue({}),
    object.?spec.?jobTemplate.?spec.?template.?metadata.?annotations.orValue({})].all(given, given.all(k, k.startsWith("vault.hashicorp.com/") ||
    (!${isSecret("k", "given[k]")} && !${givesAway("given[k]")} &&
    (k != "${APPLIED}" || object.kind != "Secret" || !given[k].matches("\\"(data|stringData)\\" *: *[{] *\\"")))))`,
  withinCost: `[object.?metadata.?annotations.orValue({}), object.?spec.?template.?metadata.?annotations.orValue({}),
    object.?spec.?jobTemplate.?spec.?template.?metadata.?annotations.orValue({})].all(given, ${isShort("given.map(k, k + given[k])")})`,
  message: "holds a secret in an annotation",
  field: "metadata.annotations",
  remedy: "Move the value to a Secret, which an ExternalSecret writes; apply Secrets with --server-side.",
});
