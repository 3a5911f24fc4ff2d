import { rule } from "../../engine/rule";

/** Backup schedules have a valid time. */
export const backupSchedule = rule({
  id: "addons/backup-schedule",
  severity: "high",
  title: "Backup schedules have a valid time",
  why: "Velero takes a schedule that cannot be parsed, and makes no backup.",
  standards: { iso27002: ["8.13"], kyverno: ["validate-cron-schedule"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["velero.io/Schedule"],
  valid: `object.spec.schedule.matches("^(CRON_TZ=[A-Za-z0-9_+/-]+ |TZ=[A-Za-z0-9_+/-]+ )?[0-9*,/?A-Za-z-]+( +[0-9*,/?A-Za-z-]+){4}$|^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$|^@every [0-9hms]+$")`,
  message: "has no schedule of five fields or a descriptor such as @daily",
  field: "spec.schedule",
  remedy: "Write minute, hour, day of month, month and day of week.",
});
