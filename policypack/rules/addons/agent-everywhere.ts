import { rule } from "../../engine/rule";
import { agentParameters, RUNS_AGENT } from "./_agents";

/** Security agents run on every node. */
export const agentEverywhere = rule({
  id: "addons/agent-everywhere",
  severity: "medium",
  title: "Security agents run on every node",
  why: "A node that the agent does not tolerate or select is one where nothing is seen: a taint, which whoever has the node can set, is then enough.",
  standards: { iso27002: ["8.15", "8.16"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "workload",
  kinds: ["apps/DaemonSet"],
  parameters: agentParameters,
  when: RUNS_AGENT,
  valid: `pod.spec.?tolerations.orValue([]).exists(t, t.?key.orValue("") == "" && t.?operator.orValue("") == "Exists" && t.?effect.orValue("NoSchedule") == "NoSchedule") &&
    pod.spec.?nodeSelector.orValue({}).all(k, k == "kubernetes.io/os")`,
  message: "leaves out nodes",
  field: "spec.template.spec.tolerations",
  remedy: "Tolerate every NoSchedule taint (operator Exists, no key), and select nodes by their operating system only.",
});
