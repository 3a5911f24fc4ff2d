import { z } from "zod";
import { rule } from "../../engine/rule";
import { credentialContent } from "./_content";

/** Environment variables that hold secrets have no literal value. */
export const literalEnvironment = rule({
  id: "secrets/literal-environment",
  severity: "high",
  title: "Environment variables that hold secrets have no literal value",
  why: "A password in a manifest can be read by everyone who may read pods, manifests or the state of the stack.",
  standards: {
    cis: ["5.4.1"],
    nsa: true,
    bio: ["8.24", "5.17"],
    kubeLinter: ["env-var-secret"],
    polaris: ["sensitiveContainerEnvVar"],
    kubescape: ["C-0012"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  parameters: z.strictObject({
    names: z
      .string()
      .default(
        "(^|_)(password|passwd|passphrase|secret|secret_key|token|api_?key|access_?key|private_?key|client_?secret|credentials?|pass|pwd|secret_+key_+base|(encryption|signing|master|account|storage|session|cookie|jwt|hmac|batch)_key)$",
      ),
    /** Values that are a credential whatever the variable is called. */
    content: z.string().default(credentialContent),
  }),
  valid: `container.?env.orValue([]).all(e, e.?value.orValue("") == "" || (!e.value.matches(params.content) &&
    (!e.name.lowerAscii().matches(params.names) || e.value.matches("^(/.*|true|false|[0-9]{1,4}|\\\\$\\\\([A-Za-z0-9_]+\\\\))$"))))`,
  message: "has a secret by its name or content as the literal value of a variable",
  field: "env",
  remedy: "Read the variable from a Secret, which an ExternalSecret writes.",
});
