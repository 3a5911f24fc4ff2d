import { rule } from "../../engine/rule";
import { givesAway, isSecret, recogniser } from "./_recogniser";

/** Environment variables that hold secrets have no literal value. */
export const literalEnvironment = rule({
  id: "secrets/literal-environment",
  severity: "high",
  title: "Environment variables that hold secrets have no literal value",
  why: "A password in a manifest can be read by everyone who may read pods, manifests or the state of the stack.",
  standards: {
    cis: ["5.4.1"],
    nsa: true,
    iso27002: ["8.24", "5.17"],
    kubeLinter: ["env-var-secret"],
    polaris: ["sensitiveContainerEnvVar"],
    kubescape: ["C-0012"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  parameters: recogniser,
  valid: `container.?env.orValue([]).all(e, e.?value.orValue("") == "" ||
    !(${isSecret("e.name", "e.value")} || ${givesAway("e.value")}))`,
  message: "has a secret by its name or content as the literal value of a variable",
  field: "env",
  remedy: "Read the variable from a Secret, which an ExternalSecret writes.",
});
