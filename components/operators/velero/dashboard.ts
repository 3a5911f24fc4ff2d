import type { Dashboard } from "../../monitoring/dashboards/dashboard";

/** Metrics of its own; what kube-prometheus-stack brings is not repeated. */
export const dashboard: Dashboard = {
  name: "velero",
  title: "Backups (Velero)",
  panels: [
    {
      title: "Age of the newest good backup",
      unit: "s",
      lines: { "{{schedule}}": 'time() - velero_backup_last_successful_timestamp{schedule!=""}' },
    },
    { title: "Last status (1 is good)", lines: { "{{schedule}}": 'velero_backup_last_status{schedule!=""}' } },
    {
      title: "Failed and partial backups in a day",
      lines: {
        "failed {{schedule}}": 'increase(velero_backup_failure_total{schedule!=""}[24h])',
        "partial {{schedule}}": 'increase(velero_backup_partial_failure_total{schedule!=""}[24h])',
      },
    },
    {
      title: "Restores in a week",
      lines: {
        good: "sum(increase(velero_restore_success_total[7d]))",
        bad: "sum(increase(velero_restore_failed_total[7d])) + sum(increase(velero_restore_partial_failure_total[7d]))",
      },
    },
    {
      title: "Recovery point that drills measured",
      unit: "s",
      lines: {
        "{{drill}}":
          'mijnbureau_restore_created{drill!=""} - on (backup) group_left () max by (backup) (mijnbureau_backup_started)',
      },
    },
    {
      title: "Recovery time that drills measured",
      unit: "s",
      lines: { "{{drill}}": 'mijnbureau_restore_completed{drill!=""} - mijnbureau_restore_created{drill!=""}' },
    },
    {
      title: "Blocks of kept backups",
      lines: {
        "locked {{location}}": "mijnbureau_backup_location_blocks_locked",
        "not locked {{location}}": "mijnbureau_backup_location_blocks_unlocked",
      },
    },
    {
      title: "Volume uploads in an hour",
      lines: {
        good: "sum(increase(podVolume_data_upload_success_total[1h]))",
        failed: "sum(increase(podVolume_data_upload_failure_total[1h]))",
      },
    },
    {
      title: "Locations (1 is reachable)",
      lines: { "{{backup_location_name}}": "velero_backup_location_status_gauge" },
    },
  ],
};
