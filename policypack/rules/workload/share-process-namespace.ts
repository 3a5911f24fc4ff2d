import { rule } from "../../engine/rule";

/** Containers of a pod do not see each other's processes. */
export const shareProcessNamespace = rule({
  id: "workload/share-process-namespace",
  severity: "medium",
  title: "Containers of a pod do not see each other's processes",
  why: "With a shared process namespace any container of the pod reads the environment, memory and root filesystem of the others through /proc, secrets included.",
  standards: { nsa: true, iso27002: ["8.22", "8.27"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  valid: "!pod.spec.?shareProcessNamespace.orValue(false)",
  message: "shares one process namespace between its containers",
  field: "spec.shareProcessNamespace",
  remedy: "Remove shareProcessNamespace; for debugging use kubectl debug --target.",
});
