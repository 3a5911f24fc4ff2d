import { CNPG_LABEL, clusterOf } from "../../../suite/stores";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Facts } from "../frame/facts";
import { cronJob, kubectl, runVariable } from "../frame/jobs";
import type { JsonObject } from "../frame/manifest";
import { shapeOf, type Database } from "./cluster";
import { copyManifest } from "./copy";
import type { Settings } from "./settings";
import {
  compareScript,
  podOf,
  psql,
  RECORD_FOLDER,
  recordOf,
  recordScript,
  shell,
  WORK,
  type TablesArgs,
} from "./tables";

/** Of what makes the copy. CloudNativePG gives an account and a Role of a Cluster's own name to its instances. */
export const drillOf = (app: string): string => `${clusterOf(app)}-drill`;
/** Of the copy. */
const drilledOf = (app: string): string => `${clusterOf(app)}-drilled`;

/** A quarter of an hour before Velero's daily backup, which takes the record along. */
const RECORDED = "2 1 * * *";
const RECORD_SECONDS = 3600;
const DRILL_SECONDS = 6 * 3600;
const DAYS = 28;

/** Monthly, each app on a day of its own, hours after the record and the base backup. */
const drillCron = (place: number, count: number): string =>
  `43 4 ${1 + Math.floor((place * DAYS) / Math.max(count, 1))} * *`;

const AT = "@AT@";
const RUN = "@RUN@";

/** The record's moment goes into the copy; what is no moment does not. */
const FILL_IN = `
at=$(cat "$RECORD/at") || { echo "nothing was recorded yet: see the Job $RECORD_JOB"; exit 1; }
[[ $at =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$ ]] || { echo "the record has no moment"; exit 1; }
test "$(cat "$RECORD/archive")" = "$ARCHIVE" || { echo "the record is of another archive than $ARCHIVE: restored since"; exit 1; }
cluster=\${CLUSTER//${AT}/$at}
printf '%s' "\${cluster//${RUN}/$RUN}" > "$WORK/cluster.json"
`;

/**
 * What is recorded daily of an app's database, and the drill that brings the database back beside it, compares, and removes
 * the copy. In the app's own namespace, with the rights that its deployer has there anyway: only there is its archive
 * reached, and its login known.
 */
export function databaseDrill(of: Database, settings: Settings, facts: Facts, count: number): Manifest[] {
  const [record, drill] = [recordOf(of.app), drillOf(of.app)];
  const args = { database: of, settings, facts };
  const { archive } = shapeOf(of, settings);
  return [
    ...account(of, record, [
      // Written with server-side apply, which is a patch, and a creation at first.
      { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
      { apiGroups: [""], resources: ["configmaps"], resourceNames: [record], verbs: ["get", "patch"] },
    ]),
    scheduled(args, {
      ...{ name: record, schedule: RECORDED, seconds: RECORD_SECONDS },
      steps: [
        psql(args, "tables", clusterOf(of.app), recordScript(of.app, archive)),
        kubectl(facts, "keep", ["apply", "--server-side", "--force-conflicts", `--filename=${WORK}/record.json`]),
      ],
    }),
    ...account(of, drill, [
      { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
      {
        ...{ apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], resourceNames: [drilledOf(of.app)] },
        verbs: ["get", "list", "watch", "delete"],
      },
    ]),
    scheduled(args, {
      ...{ name: drill, schedule: drillCron(of.place, count), seconds: DRILL_SECONDS },
      steps: [
        ...drillSteps(args, archive),
        // After the copy is gone, so that a difference leaves none behind.
        shell(args, "verdict", {
          script: `cat "$WORK/says" > /dev/termination-log; cat "$WORK/says"; test ! -s "$WORK/differs"`,
          env: { WORK },
        }),
      ],
    }),
  ];
}

function drillSteps(args: TablesArgs, archive: string): JsonObject[] {
  const { database: of, facts } = args;
  const drill = drilledOf(of.app);
  const ref = `clusters.postgresql.cnpg.io/${drill}`;
  const clean = (name: string) =>
    kubectl(facts, name, ["delete", ref, "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=30m"]);
  const cluster = copyManifest(args, { name: drill, archive: `${drill}-${RUN}`, from: archive, at: AT });
  const { script, env } = compareScript(false);
  return [
    clean("clean"),
    shell(args, "moment", {
      script: FILL_IN,
      env: {
        ...{ WORK, RECORD: RECORD_FOLDER, RECORD_JOB: recordOf(of.app), ARCHIVE: archive },
        CLUSTER: JSON.stringify(cluster),
      },
      // Of the Job: the archive that a copy writes to is never one of an earlier copy.
      from: [runVariable],
    }),
    kubectl(facts, "restore", ["create", `--filename=${WORK}/cluster.json`]),
    kubectl(facts, "works", ["wait", ref, "--for=condition=Ready", "--timeout=5h"]),
    psql(args, "compare", drill, { script, env: { ...env, SAYS: `${WORK}/says` } }),
    clean("leave-nothing"),
  ];
}

interface Scheduled {
  readonly name: string;
  readonly schedule: string;
  readonly seconds: number;
  readonly steps: readonly JsonObject[];
}

const scheduled = ({ database, facts }: TablesArgs, { steps, ...given }: Scheduled): Manifest =>
  cronJob({
    ...given,
    namespace: database.namespace,
    // Velero leaves out what bears it: a Job that runs just then is not to run again after a restore.
    labels: { [CNPG_LABEL]: recordOf(database.app) },
    template: podOf({ database, facts, account: given.name, steps }),
  });

function account({ namespace }: Database, name: string, rules: readonly Record<string, unknown>[]): Manifest[] {
  const metadata = { name, namespace, labels: managedLabels };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    { apiVersion, kind: "Role", metadata, rules },
    {
      ...{ apiVersion, kind: "RoleBinding", metadata },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}
