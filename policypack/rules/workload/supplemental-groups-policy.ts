import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Pods take no groups from the image. */
export const supplementalGroupsPolicy = rule({
  id: "workload/supplemental-groups-policy",
  severity: "low",
  title: "Pods take no groups from the image",
  why: "With the default policy Merge the groups that /etc/group of the image gives the user are added to those of the pod, unseen in the manifest and out of policy's reach (KEP-3619).",
  standards: { iso27002: ["8.2", "8.27"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "pod",
  when: notWindows,
  valid: `pod.spec.?securityContext.?supplementalGroupsPolicy.orValue("") == "Strict"`,
  message: "adds the groups of the image to its own",
  field: "spec.securityContext.supplementalGroupsPolicy",
  remedy: "Set securityContext.supplementalGroupsPolicy: Strict on the pod.",
});
