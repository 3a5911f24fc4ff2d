import { rule } from "../../engine/rule";

/** Pods do not add the root group. */
export const nonRootSupplementaryGroups = rule({
  id: "workload/non-root-supplementary-groups",
  severity: "medium",
  title: "Pods do not add the root group",
  why: "fsGroup and supplementalGroups make every process of the pod a member of that group; group 0 owns much of an image and of the node.",
  standards: {
    nsa: true,
    iso27002: ["8.2", "8.27"],
    trivy: ["KSV-0116"],
    kyverno: ["require-non-root-groups"],
    gatekeeper: ["fsgroup"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  valid: `pod.spec.?securityContext.?fsGroup.orValue(1) != 0 &&
pod.spec.?securityContext.?supplementalGroups.orValue([]).all(g, g != 0)`,
  message: "puts every process in group 0",
  remedy: "Use a group other than 0 for fsGroup and supplementalGroups.",
});
