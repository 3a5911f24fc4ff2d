import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Containers run with a group of their own. */
export const nonRootGroup = rule({
  id: "workload/non-root-group",
  severity: "medium",
  title: "Containers run with a group of their own",
  why: "Files that only group 0 may read or write are common on nodes and in images; a non-root user in group 0 reaches them. Where no group is given it is the image's, and root's for a user that the image does not list (Kubernetes documentation, \"Configure a Security Context for a Pod or Container\").",
  standards: {
    nsa: true,
    iso27002: ["8.2", "8.27"],
    trivy: ["KSV-0116"],
    kyverno: ["require-non-root-groups"],
    gatekeeper: ["users"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  when: notWindows,
  valid: "container.?securityContext.?runAsGroup.orValue(pod.spec.?securityContext.?runAsGroup.orValue(0)) != 0",
  message: "may run with group 0",
  field: "securityContext.runAsGroup",
  remedy: "Set runAsGroup to a group other than 0.",
});
