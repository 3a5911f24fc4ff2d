import { z } from "zod";
import { rule } from "../../engine/rule";

/** Backups are kept for a day at least. */
export const backupRetention = rule({
  id: "addons/backup-retention",
  severity: "medium",
  title: "Backups are kept for a day at least",
  why: "A backup that expires before the loss is noticed is none; ransomware is noticed after days.",
  standards: { iso27002: ["8.13", "5.33"] },
  levels: { baseline: "off", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["velero.io/Schedule"],
  parameters: z.strictObject({ shortest: z.string().default("24h") }),
  valid: `duration(object.spec.template.?ttl.orValue("720h")) >= duration(params.shortest)`,
  message: "keeps backups for too short a time",
  field: "spec.template.ttl",
  remedy: "Set template.ttl; daily and weekly schedules keep longer than hourly ones.",
});
