import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { ruleFile } from "../../components/monitoring/rules";
import { alerts } from "../../components/operators/velero/alerts";
import { needTools } from "../support/needs";

const run = promisify(execFile);
const KSM = 'job="kube-state-metrics"';
const VELERO = `${KSM},namespace="velero"`;
const JOB = `${VELERO},job_name="restore-drill-docs-1"`;
const CRON = `${VELERO},cronjob="restore-drill-docs"`;
const RESTORE = `${KSM},restore="restore-drill-docs-1",drill="docs"`;
const VOLUME = `${KSM},restore="restore-drill-docs-1",claim="docs-minio",target="velero-drill"`;
const phase = (state: string): string => `mijnbureau_restore_phase{${RESTORE},state="${state}"}`;
/** Looked at after half an hour; a drill was asked for in its tenth minute. */
const AT = "30m";

/** What Prometheus sees of a drill in which everything came back. */
const good: Readonly<Record<string, string>> = {
  [`kube_cronjob_created{${CRON}}`]: "0x60",
  [`kube_cronjob_spec_suspend{${CRON}}`]: "0x60",
  [`kube_cronjob_status_last_successful_time{${CRON}}`]: "1200x60",
  [`kube_job_created{${JOB}}`]: "600x60",
  [`kube_job_failed{${JOB},condition="true"}`]: "0x60",
  [`mijnbureau_backup_started{${KSM},backup="suite-daily-1"}`]: "0x60",
  [`mijnbureau_restore_created{${RESTORE},backup="suite-daily-1"}`]: "600x60",
  [`mijnbureau_restore_completed{${RESTORE},backup="suite-daily-1"}`]: "900x60",
  [`mijnbureau_restore_items_missing{${RESTORE}}`]: "0x60",
  [`mijnbureau_restore_compared{${RESTORE}}`]: "1500x60",
  [phase("Completed")]: "1x60",
  [`mijnbureau_volume_restore_bytes{${VOLUME}}`]: "7000x60",
  [`mijnbureau_volume_restore_bytes_done{${VOLUME}}`]: "7000x60",
  'velero_restore_failed_total{namespace="velero",schedule=""}': "0x60",
  'velero_restore_partial_failure_total{namespace="velero",schedule=""}': "0x60",
  'velero_restore_validation_failed_total{namespace="velero",schedule=""}': "0x60",
};

/** The Job ended with a step that failed, and there was no success since. */
const jobFailed = {
  [`kube_job_failed{${JOB},condition="true"}`]: "1x60",
  [`kube_cronjob_status_last_successful_time{${CRON}}`]: "0x60",
};
const ended = (state: string) => ({ ...jobFailed, [phase("Completed")]: "0x60", [phase(state)]: "1x60" });

const kinds: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ["the good drill", {}, []],
  ["failed", ended("Failed"), ["RestoreDrillFailed", "RestoreFailed"]],
  ["partially failed", ended("PartiallyFailed"), ["RestoreDrillFailed", "RestoreFailed"]],
  ["refused: no good backup, no location", ended("FailedValidation"), ["RestoreDrillFailed", "RestoreFailed"]],
  [
    "refused, seen by Velero's own counter alone",
    { 'velero_restore_validation_failed_total{namespace="velero",schedule=""}': "0x10 1x50" },
    ["RestoreFailed"],
  ],
  ["nothing restored, or a volume without its data: a later step failed", jobFailed, ["RestoreDrillFailed"]],
  ["objects missing", { [`mijnbureau_restore_items_missing{${RESTORE}}`]: "1x60" }, ["RestoreDrillIncomplete"]],
  [
    "a volume truncated",
    { [`mijnbureau_volume_restore_bytes_done{${VOLUME}}`]: "6999x60" },
    ["RestoreDrillIncomplete"],
  ],
  [
    "from a stale backup",
    { [`mijnbureau_backup_started{${KSM},backup="suite-daily-1"}`]: "-100000x60" },
    ["RestoreDrillBackupStale"],
  ],
  ["slow", { [`mijnbureau_restore_completed{${RESTORE},backup="suite-daily-1"}`]: "20000x60" }, ["RestoreDrillSlow"]],
  [
    "without an end",
    {
      [`mijnbureau_restore_created{${RESTORE},backup="suite-daily-1"}`]: "-20000x60",
      [`mijnbureau_backup_started{${KSM},backup="suite-daily-1"}`]: "-30000x60",
      [`mijnbureau_restore_completed{${RESTORE},backup="suite-daily-1"}`]: "_x60",
      [phase("Completed")]: "0x60",
      [phase("InProgress")]: "1x60",
    },
    ["RestoreDrillSlow"],
  ],
  [
    "leftovers",
    { [`kube_persistentvolumeclaim_created{${KSM},namespace="velero-drill",persistentvolumeclaim="a"}`]: "-200000x60" },
    ["RestoreDrillLeftovers"],
  ],
];
/** A drill of four days ago. */
const compared = (when: string) => ({
  [`mijnbureau_backup_started{${KSM},backup="suite-daily-1"}`]: "-350000x120",
  [`mijnbureau_restore_created{${RESTORE},backup="suite-daily-1"}`]: "-345900x120",
  [`mijnbureau_restore_completed{${RESTORE},backup="suite-daily-1"}`]: "-345600x120",
  [`mijnbureau_restore_compared{${RESTORE}}`]: when,
});
/** Seen only after an hour. */
const late: typeof kinds = [
  [
    "overdue",
    {
      [`kube_cronjob_status_last_successful_time{${CRON}}`]: "-3100000x120",
      [`kube_job_created{${JOB}}`]: "-3100000x120",
    },
    ["RestoreDrillTooOld"],
  ],
  ["compared by nobody", compared("_x120"), ["RestoreDrillNotCompared"]],
  ["compared for the last time three days ago", compared("-260000x120"), ["RestoreDrillNotCompared"]],
  ["compared last night", compared("-40000x120"), []],
  ["suspended", { [`kube_cronjob_spec_suspend{${CRON}}`]: "1x120" }, ["RestoreDrillTooOld"]],
];

describe("each kind of a drill's failure in Prometheus", function () {
  this.timeout(120_000);
  let promtool = "";
  let folder = "";
  before(async function () {
    ({ promtool } = await needTools(this, "promtool"));
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "drill-alerts-"));
    fs.writeFileSync(
      path.join(folder, "rules.yaml"),
      stringify(ruleFile(alerts, { apps: ["mijnbureau-docs"], sources: new Set() })),
    );
  });
  after(() => {
    if (folder) fs.rmSync(folder, { recursive: true, force: true });
  });

  for (const [name, over, firing] of [...kinds, ...late]) {
    it(`${name}: ${firing.join(", ") || "no alert"}`, async () => {
      const isLate = late.some(([each]) => each === name);
      const series = Object.entries({ ...good, ...over }).map(([metric, values]) => ({
        series: metric,
        values: isLate ? values.replace(/x60$/, "x120") : values,
      }));
      const file = path.join(folder, "case.yaml");
      const expected = firing.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 }));
      fs.writeFileSync(
        file,
        stringify({
          rule_files: ["rules.yaml"],
          evaluation_interval: "1m",
          tests: [
            {
              ...{ name, interval: "1m", input_series: series },
              promql_expr_test: [
                {
                  // Of what restores and drills are watched by; backups have cases of their own.
                  expr: 'group by (alertname) (ALERTS{alertstate="firing",alertname=~"Restore.+"})',
                  eval_time: isLate ? "90m" : AT,
                  exp_samples: expected,
                },
              ],
            },
          ],
        }),
      );
      const { stdout, stderr } = await run(promtool, ["test", "rules", file]).catch(
        (error: { stdout: string; stderr: string }) => error,
      );
      assert.match(stdout, /SUCCESS/, `${stdout}${stderr}`);
    });
  }
});
