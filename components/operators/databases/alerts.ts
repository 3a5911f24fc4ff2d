import { anyOf, type Alert, type AlertFacts, type AlertGroup } from "../../monitoring/alert";
import { locksNeglected } from "../../monitoring/lock-metrics";
import { drillAlerts } from "./drill-alerts";
import { ARCHIVE_METRICS, archiveLabels } from "./metrics";

/** Metrics of the plugin, in each instance (plugin-barman-cloud, internal/cnpgi/instance/metrics.go). */
const plugin = (name: string): string => `barman_cloud_cloudnative_pg_io_${name}`;

const BY = "namespace, cnpg_io_cluster";
const WHO = "{{ $labels.namespace }}/{{ $labels.cnpg_io_cluster }}";

/** A base backup a day (`operators.databases.schedule`), and half a day for what goes wrong once. */
const BASE_BACKUP_HOURS = 36;
/** Segments that wait: with one every half minute, a minute and a half of the app's work. */
const SEGMENTS_WAITING = 3;

const KSM = 'job="kube-state-metrics"';
const ofArchive = (name: string): string =>
  `${ARCHIVE_METRICS}_${name}{${KSM},app_namespace="mijnbureau-docs",archive="docs-cluster"}`;

function alertsOf({ apps }: AlertFacts): Alert[] {
  const in_ = `namespace=~"${anyOf(apps)}",cnpg_io_cluster!=""`;
  const one = `namespace="${apps[0] ?? "none"}",cnpg_io_cluster="docs-cluster"`;
  const first = `${one},pod="docs-cluster-1"`;
  const second = `${one},pod="docs-cluster-2"`;
  const newest = plugin("last_available_backup_timestamp");
  const failed = plugin("last_failed_backup_timestamp");
  const waiting = (labels: string) => `cnpg_collector_pg_wal_archive_status{${labels},value="ready"}`;
  return [
    {
      alert: "DatabaseArchivingBehind",
      expr:
        `max by (${BY}) (${waiting(in_)}) > ${SEGMENTS_WAITING} ` +
        `or max by (${BY}) (cnpg_pg_stat_archiver_last_failed_time{${in_}}) > max by (${BY}) (cnpg_pg_stat_archiver_last_archived_time{${in_}})`,
      for: "5m",
      severity: "critical",
      summary: `${WHO}: the write-ahead log does not reach the object store; what is written now would be lost with the cluster`,
      fires: { series: { [waiting(first)]: "4x30" }, at: "10m" },
      alsoFires: [
        {
          series: {
            [`cnpg_pg_stat_archiver_last_failed_time{${first}}`]: "200x30",
            [`cnpg_pg_stat_archiver_last_archived_time{${first}}`]: "100x30",
          },
          at: "10m",
        },
      ],
      quiet: {
        series: {
          [waiting(first)]: "1x30",
          [`cnpg_pg_stat_archiver_last_failed_time{${first}}`]: "100x30",
          [`cnpg_pg_stat_archiver_last_archived_time{${first}}`]: "200x30",
        },
        at: "10m",
      },
    },
    {
      alert: "DatabaseBaseBackupMissing",
      expr: `max by (${BY}) (cnpg_collector_up{${in_}}) unless on (${BY}) (max by (${BY}) (${newest}{${in_}}) > 0)`,
      for: "2h",
      severity: "critical",
      summary: `${WHO} has no base backup: it cannot be restored`,
      fires: { series: { [`cnpg_collector_up{${first}}`]: "1x180", [`${newest}{${first}}`]: "0x180" }, at: "150m" },
      quiet: { series: { [`cnpg_collector_up{${first}}`]: "1x180", [`${newest}{${first}}`]: "60x180" }, at: "150m" },
    },
    {
      alert: "DatabaseBaseBackupTooOld",
      expr: `time() - (max by (${BY}) (${newest}{${in_}}) > 0) > ${BASE_BACKUP_HOURS * 3600}`,
      for: "15m",
      severity: "critical",
      summary: `${WHO}: the newest base backup is {{ $value | humanizeDuration }} old`,
      fires: { series: { [`${newest}{${first}}`]: "60x2400" }, at: "37h" },
      quiet: { series: { [`${newest}{${first}}`]: "7200x2400" }, at: "37h" },
    },
    {
      alert: "DatabaseBackupFailed",
      expr: `max by (${BY}) (${failed}{${in_}}) > max by (${BY}) (${newest}{${in_}})`,
      for: "15m",
      severity: "warning",
      summary: `${WHO}: the last base backup failed`,
      fires: { series: { [`${failed}{${first}}`]: "200x60", [`${newest}{${first}}`]: "100x60" }, at: "30m" },
      quiet: { series: { [`${failed}{${first}}`]: "100x60", [`${newest}{${first}}`]: "200x60" }, at: "30m" },
    },
    {
      alert: "DatabaseReplicationBehind",
      expr:
        `max by (${BY}) (cnpg_pg_replication_lag{${in_}}) > 60 ` +
        `or max by (${BY}) (cnpg_pg_replication_streaming_replicas{${in_}}) < count by (${BY}) (cnpg_collector_up{${in_}}) - 1`,
      for: "10m",
      severity: "critical",
      summary: `${WHO}: a standby does not keep up, or does not follow; with the primary gone, work would be lost`,
      fires: {
        series: {
          [`cnpg_pg_replication_streaming_replicas{${first}}`]: "0x60",
          [`cnpg_collector_up{${first}}`]: "1x60",
          [`cnpg_collector_up{${second}}`]: "1x60",
        },
        at: "20m",
      },
      alsoFires: [{ series: { [`cnpg_pg_replication_lag{${second}}`]: "90x60" }, at: "20m" }],
      quiet: {
        series: {
          [`cnpg_pg_replication_lag{${second}}`]: "1x60",
          [`cnpg_pg_replication_streaming_replicas{${first}}`]: "1x60",
          [`cnpg_collector_up{${first}}`]: "1x60",
          [`cnpg_collector_up{${second}}`]: "1x60",
        },
        at: "20m",
      },
    },
    {
      alert: "DatabaseLocksNotRenewed",
      expr: locksNeglected(ARCHIVE_METRICS, Object.keys(archiveLabels), KSM),
      for: "15m",
      severity: "critical",
      summary:
        "The archive of {{ $labels.app_namespace }}/{{ $labels.archive }} can be erased: its bucket's locks were not renewed, or some have none",
      fires: { series: { [ofArchive("created")]: "-200000x60" }, at: "30m" },
      alsoFires: [
        { series: { [ofArchive("created")]: "-400000x60", [ofArchive("locks_checked")]: "-200000x60" }, at: "30m" },
        { series: { [ofArchive("blocks_unlocked")]: "3x60" }, at: "30m" },
      ],
      quiet: {
        series: {
          [ofArchive("created")]: "-200000x60",
          [ofArchive("locks_checked")]: "0x60",
          [ofArchive("blocks_unlocked")]: "0x60",
        },
        at: "30m",
      },
    },
  ];
}

export const alerts: AlertGroup = {
  name: "databases",
  alerts: (given) => [...alertsOf(given), ...drillAlerts(given)],
};
