import { z } from "zod";
import { rule } from "../../engine/rule";

/** Jobs give up after some attempts. The API server's default is six (SetDefaults_Job). */
export const jobRetries = rule({
  id: "availability/job-retries",
  severity: "low",
  title: "Jobs give up after some attempts",
  why: "A job that cannot succeed starts pod after pod, floods the logs and, with wrong credentials, locks accounts.",
  standards: { iso27002: ["8.6"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "workload",
  kinds: ["batch/Job", "batch/CronJob"],
  parameters: z.strictObject({ maximum: z.int().min(0).default(10) }),
  valid: `object.spec.?backoffLimit.orValue(params.maximum) <= params.maximum &&
    object.spec.?jobTemplate.?spec.?backoffLimit.orValue(params.maximum) <= params.maximum`,
  message: "is tried too often",
  field: "spec.backoffLimit",
  remedy: "Set backoffLimit to 10 or less.",
});
