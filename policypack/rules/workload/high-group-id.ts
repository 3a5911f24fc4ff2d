import { z } from "zod";
import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Containers run with a group id of 10000 or higher. */
export const highGroupId = rule({
  id: "workload/high-group-id",
  severity: "low",
  title: "Containers run with a group id of 10000 or higher",
  why: "Files of the node are also reachable through groups; group ids under 10000 belong to groups of the node.",
  standards: { iso27002: ["8.27"], trivy: ["KSV-0021"], kubeScore: ["container-security-context-user-group-id"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "container",
  when: notWindows,
  parameters: z.strictObject({ minimum: z.int().min(0).default(10000) }),
  valid:
    "container.?securityContext.?runAsGroup.orValue(pod.spec.?securityContext.?runAsGroup.orValue(0)) >= params.minimum || (!pod.spec.?hostUsers.orValue(true))",
  message: "runs with a group id that the node may use itself, or with the image's",
  remedy: "Set runAsGroup to 10000 or higher on the pod, or give the pod its own user namespace with hostUsers: false.",
});
