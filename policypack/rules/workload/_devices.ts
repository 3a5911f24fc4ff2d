import { z } from "zod";

export const allowedDevices = z.strictObject({
  /** Extended resources and huge pages that containers may ask for. */
  allowed: z.array(z.string().min(1)).default([]),
});

/** What every node has for a container; what else a node offers is few, and a quota counts it by its full name only. */
export const ofContainer = ["cpu", "memory", "ephemeral-storage"] as const;

/** And for a pod as a whole (KEP-2837). */
export const ofPod = ["cpu", "memory"] as const;

/**
 * CEL: whether limits name nothing but what every node has and what is allowed. Of devices and huge pages the API takes no
 * request without the same limit (Kubernetes API validation, `ValidateResourceRequirements`).
 */
export function ordinary(resources: string, names: readonly string[]): string {
  return `${resources}.?limits.orValue({}).all(name, name in ${JSON.stringify(names)} || name in params.allowed)`;
}
