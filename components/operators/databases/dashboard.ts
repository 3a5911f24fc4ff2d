import type { Dashboard } from "../../monitoring/dashboards/dashboard";
import { ARCHIVE_METRICS } from "./metrics";

const WHO = "{{namespace}} {{cnpg_io_cluster}}";
const BY = "namespace, cnpg_io_cluster";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "databases",
  title: "Databases (CloudNativePG)",
  panels: [
    {
      title: "Segments of the log that wait for the object store",
      lines: { [WHO]: `max by (${BY}) (cnpg_collector_pg_wal_archive_status{value="ready"})` },
    },
    {
      title: "Age of the newest base backup",
      unit: "s",
      lines: { [WHO]: `time() - max by (${BY}) (barman_cloud_cloudnative_pg_io_last_available_backup_timestamp)` },
    },
    {
      title: "How far back one can go",
      unit: "s",
      lines: { [WHO]: `time() - max by (${BY}) (barman_cloud_cloudnative_pg_io_first_recoverability_point)` },
    },
    { title: "Behind the primary", unit: "s", lines: { [WHO]: `max by (${BY}) (cnpg_pg_replication_lag)` } },
    { title: "Standbys that follow", lines: { [WHO]: `max by (${BY}) (cnpg_pg_replication_streaming_replicas)` } },
    {
      title: "Blocks of the archives' bucket",
      lines: {
        locked: `max(${ARCHIVE_METRICS}_blocks_locked)`,
        "not locked": `max(${ARCHIVE_METRICS}_blocks_unlocked)`,
      },
    },
    {
      title: "Size",
      unit: "bytes",
      lines: { [WHO]: `max by (${BY}) (sum by (${BY}, pod) (cnpg_pg_database_size_bytes))` },
    },
  ],
};
