import { schedules } from "./tiers";
import type { AlertGroup } from "../../monitoring/alert";
import { locksNeglected } from "../../monitoring/lock-metrics";
import { LOCATION_METRICS } from "./metrics";

const newest = "velero_backup_last_successful_timestamp";

/** One comparison per rhythm, with the age that the tier table allows; a second location adds a suffix to the name. */
const tooOld = schedules.critical
  .map(
    ({ name, maxAgeHours }) =>
      `(time() - ${newest}{namespace="velero",schedule=~"suite-${name}(-.+)?"}) > ${maxAgeHours * 3600}`,
  )
  .join(" or ");

const KSM = 'job="kube-state-metrics"';
const drillJobs = `${KSM},namespace="velero",job_name=~"restore-drill-.+",job_name!~"restore-drill-clean-.+"`;
const drills = `${KSM},namespace="velero",cronjob=~"restore-drill-.+",cronjob!="restore-drill-clean"`;
const ofDrill = `${KSM},drill!=""`;

/** When the newest failed Job of each drill was made; a success after it takes the alert back. */
const failedAt =
  `max by (cronjob) (label_replace(kube_job_created{${drillJobs}} and on (job_name) ` +
  `(kube_job_failed{${drillJobs},condition="true"} == 1), "cronjob", "$1", "job_name", "(restore-drill-.+)-[0-9]+"))`;

const DAY = 86_400;
/** Hours of the daily schedule, which drills restore from. */
const stale = Math.max(
  ...schedules.standard.filter(({ name }) => name === "daily").map(({ maxAgeHours }) => maxAgeHours),
);

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
      alert: "RestoreFailed",
      expr: ["failed", "partial_failure", "validation_failed"]
        .map((how) => `increase(velero_restore_${how}_total{namespace="velero"}[24h]) > 0`)
        .concat(
          // A counter that begins with its first failure has no increase.
          `(mijnbureau_restore_phase{${KSM},state=~"Failed|PartiallyFailed|FailedValidation"} == 1 ` +
            `and on (restore) (time() - mijnbureau_restore_created{${KSM}} < ${DAY}))`,
        )
        .join(" or "),
      severity: "critical",
      summary: "A restore failed, in whole or in part, or was refused",
      fires: {
        series: {
          'velero_restore_validation_failed_total{namespace="velero",schedule="suite-daily"}': "0x10 1x50",
        },
        at: "30m",
      },
      alsoFires: [
        {
          series: { 'velero_restore_failed_total{namespace="velero",schedule="suite-daily"}': "0x10 1x50" },
          at: "30m",
        },
        {
          series: { 'velero_restore_partial_failure_total{namespace="velero",schedule="suite-daily"}': "0x10 1x50" },
          at: "30m",
        },
        {
          series: {
            'mijnbureau_restore_phase{job="kube-state-metrics",restore="a",state="PartiallyFailed"}': "1x60",
            'mijnbureau_restore_created{job="kube-state-metrics",restore="a"}': "0x60",
          },
          at: "30m",
        },
      ],
      quiet: {
        series: {
          'velero_restore_failed_total{namespace="velero",schedule="suite-daily"}': "3x60",
          'mijnbureau_restore_phase{job="kube-state-metrics",restore="a",state="Completed"}': "1x60",
        },
        at: "30m",
      },
    },
    {
      alert: "RestoreDrillFailed",
      expr: `${failedAt} unless on (cronjob) (kube_cronjob_status_last_successful_time{${drills}} > on (cronjob) ${failedAt})`,
      severity: "critical",
      summary: "The last run of {{ $labels.cronjob }} failed: backups may not be restorable",
      fires: {
        series: {
          'kube_job_created{job="kube-state-metrics",namespace="velero",job_name="restore-drill-docs-1"}': "600x60",
          'kube_job_failed{job="kube-state-metrics",namespace="velero",job_name="restore-drill-docs-1",condition="true"}':
            "1x60",
          'kube_cronjob_status_last_successful_time{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
            "0x60",
        },
        at: "20m",
      },
      quiet: {
        series: {
          'kube_job_created{job="kube-state-metrics",namespace="velero",job_name="restore-drill-docs-1"}': "600x60",
          'kube_job_failed{job="kube-state-metrics",namespace="velero",job_name="restore-drill-docs-1",condition="true"}':
            "1x60",
          'kube_cronjob_status_last_successful_time{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
            "900x60",
        },
        at: "20m",
      },
    },
    {
      alert: "RestoreDrillIncomplete",
      expr:
        // Velero's own count of a restore is of what it touched, and agrees with itself.
        `(mijnbureau_restore_items_missing{${ofDrill}} > 0) ` +
        `and on (restore) (mijnbureau_restore_completed{${ofDrill}} > time() - ${35 * DAY}) ` +
        `or mijnbureau_volume_restore_bytes{${KSM},target="velero-drill"} ` +
        `- on (restore, claim) mijnbureau_volume_restore_bytes_done{${KSM},target="velero-drill"} > 0 ` +
        `and on (restore) (mijnbureau_restore_completed{${ofDrill}} > time() - ${35 * DAY})`,
      for: "5m",
      severity: "critical",
      summary: "Restore {{ $labels.restore }} of a drill brought back less than the backup recorded",
      fires: {
        series: {
          'mijnbureau_restore_items_missing{job="kube-state-metrics",restore="a",drill="docs"}': "1x60",
          'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "0x60",
        },
        at: "30m",
      },
      alsoFires: [
        {
          series: {
            'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "0x60",
            'mijnbureau_volume_restore_bytes{job="kube-state-metrics",restore="a",claim="c",target="velero-drill"}':
              "7x60",
            'mijnbureau_volume_restore_bytes_done{job="kube-state-metrics",restore="a",claim="c",target="velero-drill"}':
              "6x60",
          },
          at: "30m",
        },
      ],
      quiet: {
        series: {
          'mijnbureau_restore_items_missing{job="kube-state-metrics",restore="a",drill="docs"}': "0x60",
          'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "0x60",
          'mijnbureau_volume_restore_bytes{job="kube-state-metrics",restore="a",claim="c",target="velero-drill"}':
            "7x60",
          'mijnbureau_volume_restore_bytes_done{job="kube-state-metrics",restore="a",claim="c",target="velero-drill"}':
            "7x60",
        },
        at: "30m",
      },
    },
    {
      alert: "RestoreDrillNotCompared",
      // Every night compares every drill of the last month anew.
      expr:
        `(time() - mijnbureau_restore_completed{${ofDrill}} > ${2 * DAY}) ` +
        `and on (restore) (mijnbureau_restore_completed{${ofDrill}} > time() - ${35 * DAY}) ` +
        `unless on (restore) (mijnbureau_restore_compared{${ofDrill}} > time() - ${2 * DAY})`,
      for: "1h",
      severity: "warning",
      summary: "Nobody has compared drill {{ $labels.restore }} with what its backup recorded for two days",
      fires: {
        series: {
          'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "-200000x120",
          'mijnbureau_restore_compared{job="kube-state-metrics",restore="a",drill="docs"}': "-190000x120",
        },
        at: "90m",
      },
      quiet: {
        series: {
          'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "-200000x120",
          'mijnbureau_restore_compared{job="kube-state-metrics",restore="a",drill="docs"}': "-80000x120",
        },
        at: "90m",
      },
    },
    {
      alert: "RestoreDrillBackupStale",
      // The recovery point that was measured: restore asked for, less the beginning of the backup that it found.
      expr: `(mijnbureau_restore_created{${ofDrill}} - on (backup) group_left () max by (backup) (mijnbureau_backup_started{${KSM}})) > ${stale * 3600} and (mijnbureau_restore_created{${ofDrill}} > time() - ${35 * DAY})`,
      severity: "critical",
      summary:
        "The newest good backup that the drill of {{ $labels.drill }} found was {{ $value | humanizeDuration }} old",
      fires: {
        series: {
          'mijnbureau_restore_created{job="kube-state-metrics",restore="a",drill="docs",backup="b"}': "100000x60",
          'mijnbureau_backup_started{job="kube-state-metrics",backup="b"}': "0x60",
        },
        at: "10m",
      },
      quiet: {
        series: {
          'mijnbureau_restore_created{job="kube-state-metrics",restore="a",drill="docs",backup="b"}': "12000x60",
          'mijnbureau_backup_started{job="kube-state-metrics",backup="b"}': "0x60",
        },
        at: "10m",
      },
    },
    {
      alert: "RestoreDrillSlow",
      // The recovery time that was measured; one that does not end counts as well.
      expr:
        `(mijnbureau_restore_completed{${ofDrill}} - on (restore) mijnbureau_restore_created{${ofDrill}}) > 4 * 3600 ` +
        `or (time() - mijnbureau_restore_created{${ofDrill}} > 4 * 3600) ` +
        `unless on (restore) (mijnbureau_restore_phase{${ofDrill},state=~"Completed|PartiallyFailed|Failed|FailedValidation"} == 1)`,
      severity: "warning",
      summary: "A restore of a drill took {{ $value | humanizeDuration }}",
      fires: {
        series: {
          'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "20000x60",
          'mijnbureau_restore_created{job="kube-state-metrics",restore="a",drill="docs"}': "0x60",
          'mijnbureau_restore_phase{job="kube-state-metrics",restore="a",drill="docs",state="Completed"}': "1x60",
        },
        at: "10m",
      },
      quiet: {
        series: {
          'mijnbureau_restore_completed{job="kube-state-metrics",restore="a",drill="docs"}': "600x60",
          'mijnbureau_restore_created{job="kube-state-metrics",restore="a",drill="docs"}': "0x60",
          'mijnbureau_restore_phase{job="kube-state-metrics",restore="a",drill="docs",state="Completed"}': "1x60",
        },
        at: "10m",
      },
    },
    {
      alert: "RestoreDrillTooOld",
      // Since its last success, or since it was made: one that never succeeded has no time of success.
      expr:
        `(time() - (kube_cronjob_status_last_successful_time{${drills}} ` +
        `or on (namespace, cronjob) kube_cronjob_created{${drills}}) > ${35 * DAY}) ` +
        `or (kube_cronjob_spec_suspend{${drills}} == 1)`,
      for: "1h",
      severity: "warning",
      summary: "{{ $labels.cronjob }} is suspended, or has not succeeded for 35 days",
      fires: {
        series: {
          'kube_cronjob_created{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
            "-3100000x120",
        },
        at: "90m",
      },
      alsoFires: [
        {
          series: {
            'kube_cronjob_created{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
              "-3300000x120",
            'kube_cronjob_status_last_successful_time{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
              "-3100000x120",
          },
          at: "90m",
        },
        {
          series: {
            'kube_cronjob_spec_suspend{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
              "1x120",
          },
          at: "90m",
        },
      ],
      quiet: {
        series: {
          'kube_cronjob_created{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
            "-3100000x120",
          'kube_cronjob_status_last_successful_time{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
            "0x120",
          'kube_cronjob_spec_suspend{job="kube-state-metrics",namespace="velero",cronjob="restore-drill-docs"}':
            "0x120",
        },
        at: "90m",
      },
    },
    {
      alert: "RestoreDrillLeftovers",
      expr: `time() - kube_persistentvolumeclaim_created{${KSM},namespace="velero-drill"} > ${DAY + 8 * 3600}`,
      severity: "warning",
      summary: "Restored data of a drill is still there: claim {{ $labels.persistentvolumeclaim }}",
      fires: {
        series: {
          'kube_persistentvolumeclaim_created{job="kube-state-metrics",namespace="velero-drill",persistentvolumeclaim="a"}':
            "-200000x60",
        },
        at: "10m",
      },
      quiet: {
        series: {
          'kube_persistentvolumeclaim_created{job="kube-state-metrics",namespace="velero-drill",persistentvolumeclaim="a"}':
            "0x60",
        },
        at: "10m",
      },
    },
    {
      alert: "BackupLocksNotRenewed",
      expr: locksNeglected(LOCATION_METRICS, ["location"], `${KSM},location!~"from-.+"`),
      for: "15m",
      severity: "critical",
      summary: "Kept backups at {{ $labels.location }} can be erased: their locks were not renewed, or some have none",
      fires: {
        series: {
          'mijnbureau_backup_location_created{job="kube-state-metrics",location="default"}': "-400000x60",
          'mijnbureau_backup_location_locks_checked{job="kube-state-metrics",location="default"}': "-200000x60",
        },
        at: "30m",
      },
      alsoFires: [
        {
          series: { 'mijnbureau_backup_location_blocks_unlocked{job="kube-state-metrics",location="default"}': "3x60" },
          at: "30m",
        },
      ],
      quiet: {
        series: {
          'mijnbureau_backup_location_created{job="kube-state-metrics",location="default"}': "-400000x60",
          // Another region's; that one looks after it.
          'mijnbureau_backup_location_created{job="kube-state-metrics",location="from-nl-north"}': "-400000x60",
          'mijnbureau_backup_location_locks_checked{job="kube-state-metrics",location="default"}': "0x60",
          'mijnbureau_backup_location_blocks_unlocked{job="kube-state-metrics",location="default"}': "0x60",
        },
        at: "30m",
      },
    },
  ],
};
