const DAY_MS = 86_400_000;

/** A version of an object in a backup's folder, as the store lists it. */
export interface StoredVersion {
  readonly key: string;
  readonly id: string;
  readonly latest: boolean;
  readonly deletion: boolean;
  readonly modified: Date;
}

export interface Keeping {
  /** How long a lock lasts from now on. */
  readonly days: number;
  /**
   * For how long a version that was overwritten or deleted is still kept: Velero deletes what has expired, and so does who
   * wants to erase. Longer than the month of a round of drills, which notice the difference.
   */
  readonly graceDays: number;
}

export const defaultKeeping: Keeping = { days: 35, graceDays: 45 };

/**
 * Versions that a kept backup may need: whatever is there, and what was hidden not long ago. `listed` has all versions of a
 * key together, newest first, as S3 lists them.
 */
export async function* neededVersions(
  listed: AsyncIterable<StoredVersion>,
  now: Date,
  { graceDays }: Keeping,
): AsyncGenerator<StoredVersion & { readonly hidden: boolean }> {
  let newer: StoredVersion | undefined;
  for await (const version of listed) {
    const hiddenAt = newer?.key === version.key ? newer.modified : undefined;
    newer = version;
    if (version.deletion) continue;
    if (version.latest) yield { ...version, hidden: false };
    else if (hiddenAt !== undefined && now.getTime() - hiddenAt.getTime() < graceDays * DAY_MS) {
      yield { ...version, hidden: true };
    }
  }
}

/** When a lock has to end at the earliest; one that ends later than half of it is left alone, to spare requests. */
export function lockDue(
  until: Date | undefined,
  now: Date,
  { days }: Keeping,
): { readonly renew: boolean; readonly until: Date } {
  const wanted = new Date(now.getTime() + days * DAY_MS);
  const left = until === undefined ? 0 : until.getTime() - now.getTime();
  return { renew: left < (days * DAY_MS) / 2, until: wanted };
}

/** `<prefix>/backups/<backup>/velero-backup.json` (velero, pkg/persistence/object_store_layout.go). */
export function backupOf(prefix: string, key: string): string | undefined {
  const [, name] =
    new RegExp(`^${prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}/backups/([^/]+)/velero-backup\\.json$`).exec(key) ??
    [];
  return name;
}
