import { anyOf, type Alert, type AlertFacts } from "../../monitoring/alert";

const KSM = 'job="kube-state-metrics"';
const DAY = 86_400;
const DOCS = `${KSM},namespace="mijnbureau-docs"`;
const cronJob = (name: string): string => `${DOCS},cronjob="docs-cluster-${name}"`;
const success = (name: string): string => `kube_cronjob_status_last_successful_time{${cronJob(name)}}`;
const created = (name: string): string => `kube_cronjob_created{${cronJob(name)}}`;
const suspended = (name: string): string => `kube_cronjob_spec_suspend{${cronJob(name)}}`;

/** Since its last success, or since it was made: one that never succeeded has no time of success. */
const overdue = (jobs: string, days: number): string =>
  `(time() - (kube_cronjob_status_last_successful_time{${jobs}} or on (namespace, cronjob) kube_cronjob_created{${jobs}}) > ${days * DAY}) ` +
  `or (kube_cronjob_spec_suspend{${jobs}} == 1)`;

const tooOld = (name: string): Pick<Alert, "fires" | "alsoFires" | "quiet"> => ({
  fires: { series: { [created(name)]: "-3100000x120" }, at: "90m" },
  alsoFires: [
    { series: { [created(name)]: "-3300000x120", [success(name)]: "-3100000x120" }, at: "90m" },
    { series: { [suspended(name)]: "1x120" }, at: "90m" },
  ],
  quiet: {
    series: { [created(name)]: "-3100000x120", [success(name)]: "0x120", [suspended(name)]: "0x120" },
    at: "90m",
  },
});

/** Of the daily record of each database's tables, and of the drill that compares with it. */
export function drillAlerts({ apps }: AlertFacts): Alert[] {
  const in_ = `${KSM},namespace=~"${anyOf(apps)}"`;
  const jobs = `${in_},job_name=~".+-cluster-drill-[0-9]+"`;
  const drills = `${in_},cronjob=~".+-cluster-drill"`;
  const failedAt =
    `max by (namespace, cronjob) (label_replace(kube_job_created{${jobs}} and on (namespace, job_name) ` +
    `(kube_job_failed{${jobs},condition="true"} == 1), "cronjob", "$1", "job_name", "(.+-cluster-drill)-[0-9]+"))`;
  const ofJob = `${DOCS},job_name="docs-cluster-drill-1"`;
  const failed = { [`kube_job_created{${ofJob}}`]: "600x60", [`kube_job_failed{${ofJob},condition="true"}`]: "1x60" };
  return [
    {
      alert: "DatabaseDrillFailed",
      expr:
        `${failedAt} unless on (namespace, cronjob) ` +
        `(kube_cronjob_status_last_successful_time{${drills}} > on (namespace, cronjob) ${failedAt})`,
      severity: "critical",
      summary:
        "The last run of {{ $labels.namespace }}/{{ $labels.cronjob }} failed: the database did not come back from its archive, or not as it was recorded",
      fires: { series: { ...failed, [success("drill")]: "0x60" }, at: "20m" },
      quiet: { series: { ...failed, [success("drill")]: "900x60" }, at: "20m" },
    },
    {
      alert: "DatabaseDrillTooOld",
      expr: overdue(drills, 35),
      for: "1h",
      severity: "warning",
      summary: "{{ $labels.namespace }}/{{ $labels.cronjob }} is suspended, or has not succeeded for 35 days",
      ...tooOld("drill"),
    },
    {
      alert: "DatabaseRecordTooOld",
      expr: overdue(`${in_},cronjob=~".+-cluster-record"`, 2),
      for: "1h",
      severity: "warning",
      summary:
        "{{ $labels.namespace }}/{{ $labels.cronjob }} has not recorded the database's tables for two days: a restore has nothing to compare with",
      ...tooOld("record"),
    },
  ];
}
