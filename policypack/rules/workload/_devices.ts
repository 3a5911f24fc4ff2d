import { z } from "zod";

export const allowedDevices = z.strictObject({
  /** Extended resources and huge pages that containers may ask for. */
  allowed: z.array(z.string().min(1)).default([]),
});

/** What every node has; what else a node offers is few, and a quota counts it by its full name only. */
const ORDINARY = ["cpu", "memory", "ephemeral-storage"] as const;

/** CEL: whether requests and limits name nothing but what every node has and what is allowed. */
export function ordinary(resources: string): string {
  const named = `name in ${JSON.stringify(ORDINARY)} || name in params.allowed`;
  return ["requests", "limits"].map((kind) => `${resources}.?${kind}.orValue({}).all(name, ${named})`).join(" &&\n");
}
