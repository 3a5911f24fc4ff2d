import { rule } from "../../engine/rule";
import { everyContainer, handlers, probes } from "../workload/_commands";
import { commandLines, givesAway, isShort } from "./_recogniser";

/** CEL: what is sent in the headers of each probe. */
const headers = `[${probes.map((probe) => `container.?${probe}.?httpGet.?httpHeaders.orValue([])`).join(", ")}]
    .map(all, all.map(h, h.name + ": " + h.value))`;

/** CEL: all that a container runs and sends, a line each. */
const said = `([container.?command.orValue([]) + container.?args.orValue([]), ${handlers.join(",\n    ")}] +
    ${headers}).map(words, words.join(" ")).join("\\n")`;

/** Command lines, hooks and probes hold no secrets. References (`$NAME`, `$(NAME)`), paths and templates are none. */
export const literalArgument = rule({
  id: "secrets/literal-argument",
  severity: "high",
  title: "Command lines, hooks and probes hold no secrets",
  why: "The command line of a process can be read on the node, in crash reports and by everyone who may read pods.",
  standards: { cis: ["5.4.1"], nsa: true, iso27002: ["8.24", "5.17"], kubescape: ["C-0012"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  parameters: commandLines,
  valid: `[${said}].all(text, !${givesAway("text")})`,
  withinCost: isShort(`${everyContainer}.map(container, ${said})`),
  message: "has a secret on a command line or in a probe",
  remedy: "Read the value from a file or a variable, which comes from a Secret that an ExternalSecret writes.",
});
