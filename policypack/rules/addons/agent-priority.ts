import { rule } from "../../engine/rule";
import { agentParameters, RUNS_AGENT } from "./_agents";

/** Security agents have a priority class. */
export const agentPriority = rule({
  id: "addons/agent-priority",
  severity: "medium",
  title: "Security agents have a priority class",
  why: "On a full node the kubelet and the scheduler put out what has no priority first: filling a node is then enough to blind it.",
  standards: { iso27002: ["8.14", "8.16"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "workload",
  kinds: ["apps/DaemonSet"],
  parameters: agentParameters,
  when: RUNS_AGENT,
  valid: `pod.spec.?priorityClassName.orValue("") != ""`,
  message: "watches nodes without a priority class",
  field: "spec.template.spec.priorityClassName",
  remedy: "Set priorityClassName to a class above that of the applications.",
});
