import { rule } from "../../engine/rule";

/** Containers are not interactive. */
export const interactive = rule({
  id: "workload/interactive",
  severity: "low",
  title: "Containers are not interactive",
  why: "stdin and tty keep an input open to which whoever may attach can type commands; servers need neither. Ephemeral containers are for debugging and stay out.",
  standards: { iso27002: ["8.18", "8.27"], gatekeeper: ["disallowinteractive"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  containers: ["containers", "initContainers"],
  valid: "!container.?stdin.orValue(false) && !container.?tty.orValue(false)",
  message: "keeps an interactive input open",
  remedy: "Remove stdin and tty.",
});
