import { CNPG_LABEL, clusterOf } from "../../../suite/stores";
import type { JsonObject } from "../frame/manifest";
import { image, pullSecrets, type Facts } from "../frame/facts";
import { linux, podContext, restricted, workerNodes } from "../frame/pods";
import { priorityClass } from "../../priority-classes";
import { appSecret } from "./access";
import type { Database } from "./cluster";
import type { Settings } from "./settings";

/** ConfigMap with what was counted in an app's tables, and the moment of it. It is in Velero's backups with the app. */
export const recordOf = (app: string): string => `${clusterOf(app)}-record`;

/**
 * Every row of every table in a figure per table: how many, and the sum of their hashes. Not among them: sequences, large
 * objects, tables that a crash empties (unlogged), and those that the app's user may only read.
 */
const COUNTED = `
\\set ON_ERROR_STOP on
\\pset format unaligned
\\pset tuples_only on
SET search_path = pg_catalog;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SET row_security = off;
SELECT coalesce('LOCK TABLE ' || string_agg(format('%I.%I', nspname, relname), ', ') || ' IN SHARE MODE', 'SELECT') AS locks,
  coalesce(string_agg(format(
    'SELECT count(*) || '' '' || coalesce(sum(hashtextextended(mijnbureau_row::text, 0)), 0) || '' '' || %L FROM ONLY %I.%I AS mijnbureau_row',
    format('%I.%I', nspname, relname), nspname, relname), ' UNION ALL '), 'SELECT NULL::text WHERE false') AS sums
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema')
  AND has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')
  AND has_table_privilege(pg_class.oid, 'UPDATE') \\gset
`;

/**
 * For a blink nobody writes: what is committed before the moment is counted, and what is committed after it is not, so that
 * a recovery to that moment has to bring exactly this. A transaction that goes on sees the tables as they were at its first
 * query, and going back to a savepoint gives its locks back (PostgreSQL, "LOCK" and "ROLLBACK TO SAVEPOINT"). The lock is
 * given up before PostgreSQL looks for a deadlock (\`deadlock_timeout\`, 1 s): that could end a transaction of the app.
 * PostgreSQL stops at the first commit after a moment, so that there has to be one.
 */
const recordSql = (name: string, archive: string): string => `${COUNTED}
BEGIN ISOLATION LEVEL REPEATABLE READ;
SAVEPOINT nobody_writes;
SET LOCAL statement_timeout = '900ms';
:locks;
SELECT pg_sleep(0.002) IS NULL AS slept \\gset
SELECT to_char(date_trunc('milliseconds', clock_timestamp()) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at \\gset
ROLLBACK TO SAVEPOINT nobody_writes;
\\o :file
SELECT json_build_object('apiVersion', 'v1', 'kind', 'ConfigMap', 'metadata', json_build_object('name', '${name}'),
  'data', json_build_object('at', :'at', 'archive', '${archive}', 'tables', coalesce(string_agg(line, E'\\n' ORDER BY line), '')))
FROM (:sums) AS counted (line);
\\o
COMMIT;
SELECT pg_current_xact_id() IS NULL AS written \\gset
`;

const RECORD = `
for attempt in $(seq 60); do
  printf '%s' "$SQL" | psql -X -q -v file="$WORK/record.json" && exit 0
  echo "attempt $attempt: the tables were not free for a moment; again in ten seconds"
  sleep 10
done
exit 1
`;

const compareSql = `${COUNTED}
\\o :file
:sums;
`;

/** Differences are named by table; where the moments differ too, they are only said. */
const COMPARE = `
export LC_ALL=C
printf '%s' "$SQL" | psql -X -q -v file="$WORK/found"
tables=0 rows=0
while read -r count _; do tables=$((tables + 1)) rows=$((rows + count)); done < "$WORK/found"
sum=$(sort "$WORK/found" | sha256sum | head -c 16)
if diff <(sort "$RECORD/tables") <(sort "$WORK/found") > "$WORK/differs"; then
  said="$tables tables, $rows rows, checksum $sum: as recorded at $(cat "$RECORD/at")"
else
  said="$tables tables, $rows rows, checksum $sum: DIFFERS from what was recorded at $(cat "$RECORD/at") (rows, sum, table; < recorded, > found):
$(grep -m 40 '^[<>]' "$WORK/differs")"
fi
echo "$said"
printf '%s' "$said" > "$SAYS"
test "$EXACT" != yes || test ! -s "$WORK/differs"
`;

export const WORK = "/work";
export const RECORD_FOLDER = "/record";

export interface TablesArgs {
  readonly database: Database;
  readonly settings: Settings;
  readonly facts: Facts;
}

export interface Script {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Counts the tables of an app's database, and writes a ConfigMap of them into a file. */
export const recordScript = (app: string, archive: string): Script => ({
  script: RECORD,
  env: { SQL: recordSql(recordOf(app), archive) },
});

/** Counts them again in the database of a restore, and compares. */
export const compareScript = (exact: boolean): Script => ({
  script: COMPARE,
  env: { SQL: compareSql, EXACT: exact ? "yes" : "no", RECORD: RECORD_FOLDER, SAYS: "/dev/termination-log" },
});

/** A container with PostgreSQL's own programs, as the app's user in one of its Clusters. */
export function psql({ database, settings, facts }: TablesArgs, name: string, cluster: string, of: Script): JsonObject {
  const { app } = database;
  return shell({ settings, facts }, name, {
    script: of.script,
    env: {
      ...of.env,
      ...{ WORK, PGHOST: `${cluster}-rw`, PGDATABASE: database.database.name, PGUSER: database.database.user },
      ...{ PGSSLMODE: "require", PGCONNECT_TIMEOUT: "30" },
    },
    from: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: appSecret(app), key: "password" } } }],
  });
}

/** A container of the databases' own image, which has a shell. */
export const shell = (
  { settings, facts }: Pick<TablesArgs, "settings" | "facts">,
  name: string,
  { script, env, from = [] }: Script & { readonly from?: readonly JsonObject[] },
): JsonObject => ({
  name,
  image: image(facts, settings.image),
  command: ["bash", "-euo", "pipefail", "-c", script],
  env: [...Object.entries(env).map(([key, value]) => ({ name: key, value })), ...from],
});

/** Of the image's user `postgres`. */
const POSTGRES_USER = 26;
export const podResources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
} as const;

interface PodArgs {
  readonly database: Database;
  readonly facts: Facts;
  readonly account?: string;
  readonly steps: readonly JsonObject[];
}

/** One after the other; the last is the main one. The label lets it reach the databases, as the instances reach each other. */
export function podOf({ database: { app }, facts, account, steps }: PodArgs): JsonObject {
  const containers = steps.map((step) => ({
    ...step,
    imagePullPolicy: "IfNotPresent",
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: restricted,
    resources: podResources,
    volumeMounts: [
      { name: "work", mountPath: WORK },
      { name: "record", mountPath: RECORD_FOLDER, readOnly: true },
    ],
  }));
  return {
    metadata: { labels: { [CNPG_LABEL]: recordOf(app) } },
    spec: {
      ...(account === undefined ? {} : { serviceAccountName: account }),
      automountServiceAccountToken: account !== undefined,
      enableServiceLinks: false,
      restartPolicy: "Never",
      priorityClassName: priorityClass.standard,
      nodeSelector: linux,
      affinity: workerNodes,
      imagePullSecrets: pullSecrets(facts),
      securityContext: podContext(POSTGRES_USER),
      initContainers: containers.slice(0, -1),
      containers: containers.slice(-1),
      volumes: [
        { name: "work", emptyDir: { sizeLimit: "16Mi" } },
        { name: "record", configMap: { name: recordOf(app), optional: true } },
      ],
    },
  };
}
