import { z } from "zod";
import { rule } from "../../engine/rule";

/** Projected tokens live an hour at most. */
export const tokenLifetime = rule({
  id: "identity/token-lifetime",
  severity: "low",
  title: "Projected tokens live an hour at most",
  why: "A stolen token works until it expires; the kubelet renews it in time by itself.",
  standards: { iso27002: ["5.17", "8.5"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  parameters: z.strictObject({ maximumSeconds: z.int().min(0).default(3607) }),
  // 3607 is what the API server itself asks for in the volume that it adds to pods (kube-api-access-*).
  valid: `pod.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s,
  s.?serviceAccountToken.?expirationSeconds.orValue(3600) <= params.maximumSeconds))`,
  message: "mounts a token that lives longer than allowed",
  field: "spec.volumes",
  remedy: "Remove expirationSeconds, or set it to 3600.",
});
