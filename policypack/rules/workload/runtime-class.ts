import { z } from "zod";
import { rule } from "../../engine/rule";

export const runtimeClasses = z.strictObject({
  /** RuntimeClasses that pods may name. */
  allowed: z.array(z.string().min(1)).default(["gvisor", "kata", "kata-qemu", "kata-clh", "kata-fc"]),
  /** Whether a pod that names none is a finding. */
  required: z.boolean().default(false),
});

/** Pods of the suite use an allowed runtime class. */
export const runtimeClass = rule({
  id: "workload/runtime-class",
  severity: "medium",
  title: "Pods of the suite use an allowed runtime class",
  why: "A sandboxed runtime (gVisor, Kata Containers) keeps an escape from reaching the node's kernel; an unknown class silently falls outside it.",
  standards: { iso27002: ["8.22", "8.27"], kyverno: ["restrict-runtimeclassname"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  scope: "suite",
  subject: "pod",
  parameters: runtimeClasses,
  valid: `pod.spec.?runtimeClassName.orValue("") == "" ? !params.required : pod.spec.runtimeClassName in params.allowed`,
  message: "runs under a runtime class that is not allowed here",
  field: "spec.runtimeClassName",
  remedy: "Set runtimeClassName to one of the classes in the rule's parameter `allowed`.",
});
