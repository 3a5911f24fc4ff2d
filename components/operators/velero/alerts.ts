import { schedules } from "./tiers";
import type { AlertGroup } from "../../monitoring/alert";

const newest = "velero_backup_last_successful_timestamp";

/** One comparison per rhythm, with the age that the tier table allows; a second location adds a suffix to the name. */
const tooOld = schedules.critical
  .map(
    ({ name, maxAgeHours }) =>
      `(time() - ${newest}{namespace="velero",schedule=~"suite-${name}(-.+)?"}) > ${maxAgeHours * 3600}`,
  )
  .join(" or ");

const drillJobs = 'namespace="velero",job_name=~"restore-drill-.+"';

const drillCronJob = 'namespace="velero",cronjob="restore-drill"';

export const alerts: AlertGroup = {
  name: "velero",
  alerts: () => [
    {
      alert: "BackupTooOld",
      expr: tooOld,
      for: "30m",
      severity: "critical",
      summary: "Schedule {{ $labels.schedule }} has no good backup for {{ $value | humanizeDuration }}",
      fires: { series: { [`${newest}{namespace="velero",schedule="suite-6h"}`]: "0x720" }, at: "9h" },
      quiet: { series: { [`${newest}{namespace="velero",schedule="suite-daily"}`]: "0x720" }, at: "9h" },
    },
    {
      alert: "BackupMissing",
      expr: `absent(${newest}{namespace="velero",schedule!=""})`,
      for: "2h",
      severity: "critical",
      summary: "Velero reports no successful backup of any schedule",
      fires: { series: { 'up{job="velero"}': "1x180" }, at: "3h" },
      quiet: { series: { [`${newest}{namespace="velero",schedule="suite-daily"}`]: "0x180" }, at: "3h" },
    },
    {
      alert: "BackupFailed",
      expr: 'velero_backup_last_status{namespace="velero",schedule!=""} != 1',
      for: "15m",
      severity: "critical",
      summary: "The last backup of schedule {{ $labels.schedule }} failed",
      fires: { series: { 'velero_backup_last_status{namespace="velero",schedule="suite-daily"}': "0x60" }, at: "30m" },
      quiet: { series: { 'velero_backup_last_status{namespace="velero",schedule="suite-daily"}': "1x60" }, at: "30m" },
    },
    {
      alert: "BackupPartiallyFailed",
      expr: 'increase(velero_backup_partial_failure_total{namespace="velero",schedule!=""}[24h]) > 0',
      severity: "warning",
      summary: "A backup of schedule {{ $labels.schedule }} lacks objects or volumes",
      fires: {
        series: { 'velero_backup_partial_failure_total{namespace="velero",schedule="suite-daily"}': "0x10 1x50" },
        at: "30m",
      },
      quiet: {
        series: { 'velero_backup_partial_failure_total{namespace="velero",schedule="suite-daily"}': "1x60" },
        at: "30m",
      },
    },
    {
      alert: "BackupLocationUnavailable",
      expr: 'velero_backup_location_status_gauge{namespace="velero"} == 0',
      for: "15m",
      severity: "critical",
      summary: "Velero cannot reach backup location {{ $labels.backup_location_name }}",
      fires: {
        series: { 'velero_backup_location_status_gauge{namespace="velero",backup_location_name="primary"}': "0x60" },
        at: "30m",
      },
      quiet: {
        series: { 'velero_backup_location_status_gauge{namespace="velero",backup_location_name="primary"}': "1x60" },
        at: "30m",
      },
    },
    {
      alert: "BackupUploadFailed",
      expr: 'increase(podVolume_data_upload_failure_total{namespace="velero"}[1h]) > 0',
      severity: "warning",
      summary: "Volume data was not uploaded from {{ $labels.node }}",
      fires: { series: { 'podVolume_data_upload_failure_total{namespace="velero",node="a"}': "0x10 2x50" }, at: "30m" },
      quiet: { series: { 'podVolume_data_upload_failure_total{namespace="velero",node="a"}': "2x60" }, at: "30m" },
    },
    {
      alert: "BackupRepositoryMaintenanceFailed",
      expr: 'increase(velero_repo_maintenance_failure_total{namespace="velero"}[24h]) > 0',
      severity: "warning",
      summary: "Maintenance of backup repository {{ $labels.repository_name }} failed: it grows and may rot",
      fires: {
        series: { 'velero_repo_maintenance_failure_total{namespace="velero",repository_name="a"}': "0x10 1x50" },
        at: "30m",
      },
      quiet: {
        series: { 'velero_repo_maintenance_failure_total{namespace="velero",repository_name="a"}': "0x60" },
        at: "30m",
      },
    },
    {
      alert: "RestoreDrillFailed",
      expr:
        `kube_job_failed{job="kube-state-metrics",${drillJobs},condition="true"} == 1 ` +
        'or increase(velero_restore_failed_total{namespace="velero"}[24h]) > 0 or increase(velero_restore_partial_failure_total{namespace="velero"}[24h]) > 0',
      severity: "critical",
      summary: "The last restore drill failed: backups may not be restorable",
      fires: {
        series: {
          'kube_job_failed{job="kube-state-metrics",namespace="velero",job_name="restore-drill-1",condition="true"}':
            "1x60",
        },
        at: "10m",
      },
      quiet: {
        series: {
          'kube_job_failed{job="kube-state-metrics",namespace="velero",job_name="restore-drill-1",condition="true"}':
            "0x60",
          'velero_restore_failed_total{namespace="velero",schedule="suite-daily"}': "0x60",
        },
        at: "10m",
      },
    },
    {
      alert: "RestoreDrillTooOld",
      // Since its last success, or since it was made: one that never succeeded has no time of success.
      expr:
        `time() - (kube_cronjob_status_last_successful_time{job="kube-state-metrics",${drillCronJob}} ` +
        `or on (namespace, cronjob) kube_cronjob_created{job="kube-state-metrics",${drillCronJob}}) > 35 * 86400`,
      severity: "warning",
      summary: "No restore drill has succeeded for {{ $value | humanizeDuration }}",
      fires: {
        series: { [`kube_cronjob_created{job="kube-state-metrics",${drillCronJob}}`]: "-3100000x60" },
        at: "10m",
      },
      quiet: {
        series: {
          [`kube_cronjob_created{job="kube-state-metrics",${drillCronJob}}`]: "-3100000x60",
          [`kube_cronjob_status_last_successful_time{job="kube-state-metrics",${drillCronJob}}`]: "0x60",
        },
        at: "10m",
      },
    },
  ],
};
