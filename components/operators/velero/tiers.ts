import type { BackupTier } from "../../../suite/app";

/** One schedule of a tier: how often, and how long its backups are kept. */
export interface BackupSchedule {
  readonly name: string;
  /** In words, for people. */
  readonly every: string;
  /** Five fields of cron. `later`: hours after the primary's, fewer than six, so that two locations never start together. */
  readonly cron: (later: number) => string;
  /** Go duration. */
  readonly ttl: string;
  readonly maxAgeHours: number;
}

const sixHourly: BackupSchedule = {
  name: "6h",
  every: "6 hours",
  cron: (later) => `7 ${[0, 6, 12, 18].map((hour) => hour + later).join(",")} * * *`,
  ttl: "168h0m0s",
  maxAgeHours: 8,
};
const daily: BackupSchedule = {
  name: "daily",
  every: "day",
  cron: (later) => `17 ${1 + later} * * *`,
  ttl: "720h0m0s",
  maxAgeHours: 26,
};
const weekly: BackupSchedule = {
  name: "weekly",
  every: "week",
  cron: (later) => `27 ${2 + later} * * 0`,
  ttl: "2016h0m0s",
  maxAgeHours: 170,
};
const monthly: BackupSchedule = {
  name: "monthly",
  every: "month",
  cron: (later) => `37 ${3 + later} 1 * *`,
  ttl: "8760h0m0s",
  maxAgeHours: 750,
};

/** Schedules per tier of a namespace (MinBZK/mijn-bureau-infra, docs/docs/backups.md: 6 h→7 d, daily→30 d, weekly→12 w, monthly→12 m). */
export const schedules: Readonly<Record<BackupTier, readonly BackupSchedule[]>> = {
  none: [],
  standard: [daily, weekly, monthly],
  critical: [sixHourly, daily, weekly, monthly],
};
