import { rule } from "../../engine/rule";

/** Containers do not mount a sub-path of a writable volume. */
export const subPath = rule({
  id: "workload/sub-path",
  severity: "low",
  title: "Containers do not mount a sub-path of a writable volume",
  why: "Kubelets before 1.22.2 followed a symbolic link that the container put in place of the sub-path, and so mounted the node's files (CVE-2021-25741; CVE-2017-1002101 before it).",
  standards: { iso27002: ["8.8"], nsa: true, kubescape: ["C-0058"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "container",
  valid: `container.?volumeMounts.orValue([]).all(m,
  m.?subPath.orValue("") == "" && m.?subPathExpr.orValue("") == "" || m.?readOnly.orValue(false) ||
  pod.spec.?volumes.orValue([]).exists(v, v.name == m.name && (v.?configMap.hasValue() || v.?secret.hasValue() || v.?projected.hasValue() || v.?downwardAPI.hasValue())))`,
  message: "mounts a sub-path of a volume that it can write",
  field: "volumeMounts",
  remedy: "Mount the whole volume, or set readOnly: true.",
});
