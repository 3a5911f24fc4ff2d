import { rule } from "../../engine/rule";
import { everyContainer } from "../workload/_commands";
import { givesAway, isSecret, isShort, recogniser } from "./_recogniser";

/** CEL: the value of a variable is a secret. */
const isOne = `(e.?value.orValue("") != "" && (${isSecret("e.name", "e.value")} || ${givesAway("e.value")}))`;

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
  valid: `container.?env.orValue([]).all(e, !${isOne})`,
  detail: `container.?env.orValue([]).filter(e, ${isOne}).map(e, e.name).join(", ")`,
  withinCost: isShort(
    `${everyContainer}.map(c, c.?env.orValue([]).map(e, e.?value.orValue("")).join("\\n"))`,
    `${everyContainer}.map(c, c.?env.orValue([]).map(e, 700 + 16 * e.name.size()).sum()).sum()`,
  ),
  message: "has a secret by its name or content as the literal value of a variable",
  field: "env",
  remedy: "Read the variable from a Secret, which an ExternalSecret writes.",
});
