import { z } from "zod";
import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Containers run with a user id of 10000 or higher. */
export const highUserId = rule({
  id: "workload/high-user-id",
  severity: "low",
  title: "Containers run with a user id of 10000 or higher",
  why: "A process that leaves its container keeps its user id; ids under 10000 belong to users and services of the node.",
  standards: {
    nsa: true,
    iso27002: ["8.27"],
    checkov: ["CKV_K8S_40"],
    trivy: ["KSV-0020"],
    kubeScore: ["container-security-context-user-group-id"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "container",
  when: notWindows,
  parameters: z.strictObject({ minimum: z.int().min(0).default(10000) }),
  valid:
    "container.?securityContext.?runAsUser.orValue(pod.spec.?securityContext.?runAsUser.orValue(0)) >= params.minimum || (!pod.spec.?hostUsers.orValue(true))",
  message: "runs with a user id that the node may use itself, or with the image's",
  remedy: "Set runAsUser to 10000 or higher on the pod, or give the pod its own user namespace with hostUsers: false.",
});
