import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Pods have their own user namespace. */
export const userNamespace = rule({
  id: "workload/user-namespace",
  severity: "low",
  title: "Pods have their own user namespace",
  why: 'Without a user namespace root in the container is root on the node once it escapes; with one it is nobody there. Needs Linux 6.3 and a runtime that supports it (Kubernetes documentation, "User Namespaces").',
  standards: { iso27002: ["8.22", "8.27"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "pod",
  when: `${notWindows} && !pod.spec.?hostNetwork.orValue(false) && !pod.spec.?hostPID.orValue(false) && !pod.spec.?hostIPC.orValue(false)`,
  valid: "!pod.spec.?hostUsers.orValue(true)",
  message: "shares the user ids of the node",
  field: "spec.hostUsers",
  remedy: "Set hostUsers: false.",
});
