import { rule } from "../../engine/rule";
import { notWindows } from "./_windows";

/** Containers have a read-only root filesystem. */
export const readOnlyRootFilesystem = rule({
  id: "workload/read-only-root-filesystem",
  severity: "medium",
  title: "Containers have a read-only root filesystem",
  why: "An intruder cannot change the program or add tools to an image that cannot be written.",
  standards: {
    nsa: true,
    iso27002: ["8.7", "8.27"],
    checkov: ["CKV_K8S_22"],
    trivy: ["KSV-0014"],
    kyverno: ["require-ro-rootfs"],
    gatekeeper: ["read-only-root-filesystem"],
    kubeScore: ["container-security-context-readonlyrootfilesystem"],
    kubeLinter: ["no-read-only-root-fs"],
    polaris: ["notReadOnlyRootFilesystem"],
    kubescape: ["C-0017"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  when: notWindows,
  valid: "container.?securityContext.?readOnlyRootFilesystem.orValue(false)",
  message: "can write to its own image",
  remedy:
    "Set securityContext.readOnlyRootFilesystem: true and mount an emptyDir with a sizeLimit where the program must write.",
});
