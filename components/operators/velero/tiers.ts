import type { BackupTier } from "../../../suite/app";

/** One schedule of a tier: how often, and how long its backups are kept. */
export interface BackupSchedule {
  readonly name: string;
  readonly cron: string;
  /** Go duration; the bucket's object lock must be shorter, or Velero cannot delete what has expired. */
  readonly ttl: string;
  readonly maxAgeHours: number;
}

const sixHourly: BackupSchedule = { name: "6h", cron: "7 */6 * * *", ttl: "168h0m0s", maxAgeHours: 8 };
const daily: BackupSchedule = { name: "daily", cron: "17 1 * * *", ttl: "720h0m0s", maxAgeHours: 26 };
const weekly: BackupSchedule = { name: "weekly", cron: "27 2 * * 0", ttl: "2016h0m0s", maxAgeHours: 170 };
const monthly: BackupSchedule = { name: "monthly", cron: "37 3 1 * *", ttl: "8760h0m0s", maxAgeHours: 750 };

/** Schedules per tier of a namespace (MinBZK/mijn-bureau-infra, docs/docs/backups.md: 6 h→7 d, daily→30 d, weekly→12 w, monthly→12 m). */
export const schedules: Readonly<Record<BackupTier, readonly BackupSchedule[]>> = {
  none: [],
  standard: [daily, weekly, monthly],
  critical: [sixHourly, daily, weekly, monthly],
};
