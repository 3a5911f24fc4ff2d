import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Containers name an AppArmor profile. */
export const apparmorProfile = rule({
  id: "workload/apparmor-profile",
  severity: "low",
  title: "Containers name an AppArmor profile",
  why: "Only a named profile is guaranteed: the kubelet then refuses to start the container on a node that lacks AppArmor, instead of running it unconfined.",
  standards: { nsa: true, iso27002: ["8.27"], trivy: ["KSV-0002"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "container",
  when: notWindows,
  // The API server makes the field of the annotation where that is missing (pkg/registry/core/pod/strategy.go).
  valid: `[container.?securityContext.?appArmorProfile.?type.orValue(pod.spec.?securityContext.?appArmorProfile.?type.orValue(""))].all(type,
    type in ["RuntimeDefault", "Localhost"] || (type == "" &&
      pod.?metadata.?annotations[?"container.apparmor.security.beta.kubernetes.io/" + container.?name.orValue("")].orValue("")
        .matches("^(runtime/default$|localhost/)")))`,
  message: "names no AppArmor profile",
  field: "securityContext.appArmorProfile",
  remedy: "Set securityContext.appArmorProfile.type: RuntimeDefault.",
});
