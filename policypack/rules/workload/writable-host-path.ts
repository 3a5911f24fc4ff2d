import { rule } from "../../engine/rule";

/** Containers mount directories of the node read-only. */
export const writableHostPath = rule({
  id: "workload/writable-host-path",
  severity: "high",
  title: "Containers mount directories of the node read-only",
  why: "A container that writes to the node's files installs programs, cron jobs or static pods there and so takes the node.",
  standards: {
    pss: "baseline",
    cis: ["5.2.11"],
    nsa: true,
    iso27002: ["8.3", "8.27"],
    kyverno: ["ensure-readonly-hostpath"],
    kubeLinter: ["writable-host-mount"],
    kubescape: ["C-0045"],
    gatekeeper: ["host-filesystem"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: `container.?volumeMounts.orValue([]).all(m, m.?readOnly.orValue(false) ||
  !pod.spec.?volumes.orValue([]).exists(v, v.name == m.name && v.?hostPath.hasValue()))`,
  message: "can write to a directory of the node",
  field: "volumeMounts",
  remedy: "Set readOnly: true on the mount, or use another volume.",
});
