import { rule } from "../../engine/rule";

/** Containers do not run with the root group. */
export const nonRootGroup = rule({
  id: "workload/non-root-group",
  severity: "medium",
  title: "Containers do not run with the root group",
  why: "Files that only group 0 may read or write are common on nodes and in images; a non-root user in group 0 reaches them.",
  standards: {
    nsa: true,
    bio: ["8.2", "8.27"],
    trivy: ["KSV-0116"],
    kyverno: ["require-non-root-groups"],
    gatekeeper: ["users"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: "container.?securityContext.?runAsGroup.orValue(pod.spec.?securityContext.?runAsGroup.orValue(1)) != 0",
  message: "runs with group 0",
  remedy: "Set runAsGroup to a group other than 0.",
});
