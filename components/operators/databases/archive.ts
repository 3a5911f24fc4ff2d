import { prefixOf, type Facts } from "../frame/facts";
import { storeAccess } from "./access";
import type { Settings, Store } from "./settings";

/** At most so many seconds of what was committed are lost with every server of a database. */
export const RECOVERY_POINT_SECONDS = 60;

/**
 * PostgreSQL closes a segment of the write-ahead log after this time at the latest. Half of what may be lost: the other
 * half is for the segment's way to the object store.
 */
export const ARCHIVE_TIMEOUT_SECONDS = RECOVERY_POINT_SECONDS / 2;

/** Small: closed by the clock, most of a segment is zeros. Debian's and the plugin's tools both know it. */
const COMPRESSION = "gzip";

/** Days beyond the retention for which what was written has to stay: the last base backup before it, and its own length. */
const LOCK_MARGIN_DAYS = 2;

export const neededLockDays = ({ retentionDays }: Pick<Settings, "retentionDays">): number =>
  retentionDays + LOCK_MARGIN_DAYS;

/** The archive of a database: each restore over it begins another, for two histories in one archive are none. */
export const archiveName = (cluster: string, number: number): string =>
  number === 1 ? cluster : `${cluster}-${number}`;

type Where = Pick<Facts, "domain" | "environment" | "organisation" | "region">;

/** Folder of all archives of this cluster. */
export const folderOf = (store: Store, facts: Where): string => store.prefix ?? `${prefixOf(facts)}/databases`;

const bytes = (store: Store): Record<string, string> =>
  store.provider === "s3" ? { encryption: store.encryption.mode === "sse-s3" ? "AES256" : "aws:kms" } : {};

/** Of the plugin's container beside each PostgreSQL. */
export const sidecarResources = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
} as const;

/** `spec` of the ObjectStore of one app. */
export function objectStoreSpec(store: Store, app: string, settings: Settings, facts: Where): Record<string, unknown> {
  const encryption = bytes(store);
  return {
    retentionPolicy: `${settings.retentionDays}d`,
    configuration: {
      ...storeAccess(store, app, folderOf(store, facts)),
      wal: { compression: COMPRESSION, ...encryption, maxParallel: 4 },
      data: { compression: COMPRESSION, ...encryption, jobs: 2, immediateCheckpoint: true },
    },
    instanceSidecarConfiguration: {
      logLevel: "info",
      resources: sidecarResources,
    },
  };
}
