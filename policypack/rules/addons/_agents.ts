import { z } from "zod";

/** The parameter of rules on security agents: agents are known by the end of their repository. */
export const agentParameters = z.strictObject({
  /** The agents by the end of their repository. */
  agents: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/, "expected the end of a repository, such as falcosecurity/falco"),
    )
    .default(["falcosecurity/falco", "grafana/alloy", "prometheus/node-exporter", "cilium/tetragon", "aquasec/tracee"]),
});

/** Whether a pod runs one of `params.agents`. */
export const RUNS_AGENT = `pod.spec.containers.exists(c, params.agents.exists(a, c.?image.orValue("").matches("(^|/)" + a + "([:@]|$)")))`;
