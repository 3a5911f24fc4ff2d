import { z } from "zod";
import { rule } from "../../engine/rule";

/** Security agents have a priority class. */
export const agentPriority = rule({
  id: "addons/agent-priority",
  severity: "medium",
  title: "Security agents have a priority class",
  why: "On a full node the kubelet and the scheduler put out what has no priority first: filling a node is then enough to blind it.",
  standards: { bio: ["8.14", "8.16"], nsa: true },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "workload",
  kinds: ["apps/DaemonSet"],
  parameters: z.strictObject({
    /** The agents by the end of their repository. */
    agents: z
      .array(
        z
          .string()
          .regex(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/, "expected the end of a repository, such as falcosecurity/falco"),
      )
      .default([
        "falcosecurity/falco",
        "grafana/alloy",
        "prometheus/node-exporter",
        "cilium/tetragon",
        "aquasec/tracee",
      ]),
  }),
  when: `pod.spec.containers.exists(c, params.agents.exists(a, c.?image.orValue("").matches("(^|/)" + a + "([:@]|$)")))`,
  valid: `pod.spec.?priorityClassName.orValue("") != ""`,
  message: "watches nodes without a priority class",
  field: "spec.template.spec.priorityClassName",
  remedy: "Set priorityClassName to a class above that of the applications.",
});
