import { z } from "zod";
import { rule } from "../../engine/rule";

/** ConfigMaps and Secrets stay below the size that the API server takes. */
export const objectSize = rule({
  id: "secrets/object-size",
  severity: "low",
  title: "ConfigMaps and Secrets stay below the size that the API server takes",
  why: "The API server refuses more than 1 MiB in the middle of an update; the etcd behind it slows down long before.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["ConfigMap", "Secret"],
  parameters: z.strictObject({
    /** Bytes, base64 decoded (Kubernetes API reference, Secret and ConfigMap). */
    maximum: z.int().positive().default(1_048_576),
  }),
  valid: `object.?data.orValue({}).map(k, size(object.data[k])).sum() * (object.kind == "Secret" ? 3 : 4) +
    object.?stringData.orValue({}).map(k, size(object.stringData[k])).sum() * 4 +
    object.?binaryData.orValue({}).map(k, size(object.binaryData[k])).sum() * 3 <= int(params.maximum) * 4`,
  message: "is larger than the API server takes",
  field: "data",
  remedy: "Split it, or mount large files from a volume or an image.",
  notAtAdmission: "the API server refuses such an object itself",
});
