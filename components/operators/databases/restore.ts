import { UserError } from "../../../lib/errors";
import { clusterOf } from "../../../suite/stores";
import { singleFlows, type PodGroup } from "../../../suite/flow";
import { datastoreFlows } from "../../../suite/flows/datastores";
import type { Manifest } from "../../kubernetes-object";
import type { Facts } from "../frame/facts";
import { archiveName, RECOVERY_POINT_SECONDS } from "./archive";
import { clusterManifest, shapeOf, type Database } from "./cluster";
import { databasesOf } from "./objects";
import type { Settings } from "./settings";

/** What is asked for. */
export interface RestoreRequest {
  readonly app: string;
  /** Absent: everything that the archive has. */
  readonly at?: string | undefined;
  /** Name of a copy beside the database; absent: the database itself. */
  readonly to?: string | undefined;
}

/** Something that runs, and how much of it; a CronJob is on (1) or off (0). */
export interface Running {
  readonly kind: "Deployment" | "StatefulSet" | "CronJob";
  readonly name: string;
  readonly replicas: number;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a restore that began has written down, so that it can be continued or undone. */
export interface RestoreRecord extends RestoreRequest {
  readonly started: string;
  /** The archive that the restored database writes to. */
  readonly archive: string;
  /** Of the app, before it was put to rest. */
  readonly running: readonly Pick<Running, "kind" | "name" | "replicas">[];
  /** Whether the database as it was is gone. */
  readonly removed: boolean;
}

/** What the cluster says. */
export interface RestoreState {
  readonly now: string;
  /** First second and last base backup of the archive (ObjectStore, `status.serverRecoveryWindow`). */
  readonly window?: { readonly first?: string | undefined; readonly lastBackup?: string | undefined } | undefined;
  /** Clusters of CloudNativePG in the app's namespace. */
  readonly clusters: readonly string[];
  readonly running: readonly Running[];
  readonly underway?: RestoreRecord | undefined;
}

export type Step =
  | { readonly do: "note"; readonly record: RestoreRecord; readonly says: string }
  | { readonly do: "rest" | "wake"; readonly what: RestoreRecord["running"][number]; readonly says: string }
  | { readonly do: "pause"; readonly seconds: number; readonly says: string }
  | { readonly do: "apply"; readonly object: Manifest; readonly says: string }
  | { readonly do: "await"; readonly cluster: string; readonly instances: number; readonly says: string }
  /** Unless it writes to that archive already: then it is the restored one. */
  | { readonly do: "remove"; readonly cluster: string; readonly unlessArchive?: string; readonly says: string }
  | { readonly do: "forget"; readonly says: string };

export interface RestorePlan {
  readonly app: string;
  readonly namespace: string;
  readonly steps: readonly Step[];
  /** What the stack has to say from then on: `operators.databases.restored.<app>`. */
  readonly restored?: { readonly archive: number; readonly at?: string };
}

interface Stack {
  readonly settings: Settings;
  readonly facts: Facts;
}

const COPY_LABEL = "mijnbureau-platform/restored-from";
/** Of the copy that shows, before anything goes, that the archive can be restored. */
const proofOf = (cluster: string): string => `${cluster}-proof`;

/**
 * What has to be done, in order; each step may be done again.
 *
 * @throws {UserError} where it cannot be done, with everything that stands in the way.
 */
export function planRestore(request: RestoreRequest, state: RestoreState, stack: Stack): RestorePlan {
  const database = databaseOf(request.app, stack);
  const { underway } = state;
  if (underway !== undefined && !same(underway, request)) {
    throw new UserError(
      `${request.app}: ${described(underway)}, begun at ${underway.started}, is under way. Run it again with the same options to go on, or with --undo`,
    );
  }
  const problems = underway === undefined ? problemsOf(request, state, database, stack) : [];
  if (problems.length > 0) throw new UserError(problems.map((problem) => `${request.app}: ${problem}`).join("\n"));
  const record = underway ?? newRecord(request, state, database, stack);
  const note: Step = { do: "note", record, says: `write down that ${described(record)} has begun` };
  const forget: Step = { do: "forget", says: "strike out the note" };
  const steps = request.to === undefined ? over(record, database, stack) : beside(record, request.to, database, stack);
  return {
    app: request.app,
    namespace: database.namespace,
    steps: [note, ...steps, forget],
    ...(request.to === undefined ? { restored: restoredOf(request, stack) } : {}),
  };
}

/**
 * What puts things as they were before a restore that was interrupted.
 *
 * @throws {UserError} where there is none, or where the database as it was is gone.
 */
export function planUndo(app: string, state: RestoreState, stack: Stack): RestorePlan {
  const { namespace } = databaseOf(app, stack);
  const { underway } = state;
  if (underway === undefined) throw new UserError(`${app}: no restore is under way; there is nothing to undo`);
  if (underway.removed) {
    throw new UserError(
      `${app}: the database as it was is gone already. Go on (${commandOf(underway)}); to have what it held last, restore over it again without --at afterwards`,
    );
  }
  const made = underway.to ?? proofOf(clusterOf(app));
  return {
    app,
    namespace,
    steps: [
      { do: "remove", cluster: made, says: `remove the copy ${made}` },
      ...underway.running.map((what): Step => ({ do: "wake", what, says: `start ${what.kind} ${what.name} again` })),
      { do: "forget", says: "strike out the note" },
    ],
  };
}

function databaseOf(app: string, { settings, facts }: Stack): Database {
  const all = databasesOf(settings, facts.apps);
  const found = all.find((each) => each.app === app);
  if (found !== undefined) return found;
  const known = facts.apps.find(({ key }) => key === app);
  const others =
    all.length === 0 ? "there are none in this stack" : `there are those of ${all.map((each) => each.app).join(", ")}`;
  if (known === undefined)
    throw new UserError(`${app}: is no app of this stack; of the databases that can be restored ${others}`);
  throw new UserError(
    `${app}: has no database of the platform's (network.datastores.${app}.postgres is ${known.postgres ?? "not there"}); ${others}`,
  );
}

const same = (a: RestoreRequest, b: RestoreRequest): boolean => a.app === b.app && a.at === b.at && a.to === b.to;

const described = ({ app, at, to }: RestoreRequest): string =>
  `a restore of ${app} to ${at ?? "its last second"} ${to === undefined ? "over itself" : `as ${to}`}`;

const commandOf = ({ app, at, to }: RestoreRequest): string =>
  `restore-database ${app}${at === undefined ? "" : ` --at ${at}`} ${to === undefined ? "--over" : `--to ${to}`}`;

function problemsOf(request: RestoreRequest, state: RestoreState, database: Database, { settings }: Stack): string[] {
  const { at, to } = request;
  const { window, now, clusters } = state;
  const cluster = clusterOf(database.app);
  const written = shapeOf(database, settings).archive;
  const problems: string[] = [];
  if (window?.first === undefined) {
    problems.push(
      `the archive ${written} has no base backup, and nothing to restore. See the alert DatabaseBaseBackupMissing`,
    );
  } else if (at !== undefined && Date.parse(at) < Date.parse(window.first)) {
    problems.push(`${at} is before ${window.first}, the first second that the archive ${written} has`);
  }
  if (at !== undefined && Date.parse(at) > Date.parse(now)) problems.push(`${at} is in the future; it is ${now}`);
  if (to === undefined) return problems;
  if (to === cluster) problems.push(`${to} is the database itself; name the copy otherwise, or say --over`);
  else if (clusters.includes(to))
    problems.push(`there is a Cluster ${to} already; name the copy otherwise, or remove it`);
  return problems;
}

/** `20261129t140507z`: fits in a name. */
const stampOf = (time: string): string => time.replaceAll(/[-:]|\.\d+/g, "").toLowerCase();

function newRecord(request: RestoreRequest, state: RestoreState, database: Database, stack: Stack): RestoreRecord {
  const cluster = clusterOf(database.app);
  const stamp = stampOf(state.now);
  const over = request.to === undefined;
  const clients = clientsOf(database.app);
  return {
    ...request,
    started: state.now,
    archive: over
      ? archiveName(cluster, restoredOf(request, stack, database.app).archive)
      : `${request.to ?? ""}-${stamp}`,
    running: over
      ? state.running
          .filter(({ labels, replicas }) => replicas > 0 && clients.some((group) => matches(group, labels)))
          .map(({ kind, name, replicas }) => ({ kind, name, replicas }))
      : [],
    removed: false,
  };
}

/** Pods of the app that use its database. */
function clientsOf(app: string): PodGroup[] {
  return singleFlows(datastoreFlows).flatMap(({ from, to }) =>
    to.kind === "datastore" && to.store === "postgres" && to.app === app && from.kind === "app" ? [from.pods] : [],
  );
}

const matches = ({ labels: wanted }: PodGroup, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

function restoredOf(
  { at, app }: RestoreRequest,
  { settings }: Stack,
  key: string = app,
): { readonly archive: number; readonly at?: string } {
  const archive = (settings.restored[key]?.archive ?? 1) + 1;
  return { archive, ...(at === undefined ? {} : { at }) };
}

/** A copy beside the database, with one server and an archive of its own. */
function copy(
  { name, archive }: { readonly name: string; readonly archive: string },
  record: RestoreRecord,
  database: Database,
  { settings, facts }: Stack,
): Step[] {
  const source = shapeOf(database, settings).archive;
  const shape = {
    name,
    instances: 1,
    archive,
    beginning: { from: "archive", archive: source, at: record.at },
    labels: { [COPY_LABEL]: clusterOf(database.app) },
  } as const;
  const until = record.at ?? "its last second";
  return [
    {
      do: "apply",
      object: clusterManifest(database, shape, settings, facts),
      says: `make the Cluster ${name} from the archive ${source}, up to ${until}`,
    },
    { do: "await", cluster: name, instances: 1, says: `wait until ${name} works` },
  ];
}

const beside = (record: RestoreRecord, to: string, database: Database, stack: Stack): Step[] =>
  copy({ name: to, archive: record.archive }, record, database, stack);

function over(record: RestoreRecord, database: Database, stack: Stack): Step[] {
  const { settings, facts } = stack;
  const cluster = clusterOf(database.app);
  const proof = proofOf(cluster);
  const restored: Settings = {
    ...settings,
    restored: { ...settings.restored, [database.app]: restoredOf(record, stack) },
  };
  const shape = shapeOf(database, restored);
  const before: Step[] = record.removed
    ? []
    : [
        ...copy({ name: proof, archive: `${proof}-${stampOf(record.started)}` }, record, database, stack),
        ...record.running.map((what): Step => ({ do: "rest", what, says: `put ${what.kind} ${what.name} to rest` })),
        {
          do: "pause",
          seconds: RECOVERY_POINT_SECONDS,
          says: "wait until the last of the log is in the archive, so that this can be gone back on",
        },
        { do: "note", record: { ...record, removed: true }, says: "write down that the database as it was goes" },
      ];
  return [
    ...before,
    {
      do: "remove",
      cluster,
      unlessArchive: shape.archive,
      says: `remove the Cluster ${cluster} as it is; its archive stays`,
    },
    {
      do: "apply",
      object: clusterManifest(database, shape, restored, facts),
      says: `make the Cluster ${cluster} anew, which from now on writes to the archive ${shape.archive}`,
    },
    { do: "await", cluster, instances: shape.instances, says: `wait until ${cluster} works` },
    { do: "remove", cluster: proof, says: `remove the copy ${proof}` },
    ...record.running.map((what): Step => ({ do: "wake", what, says: `start ${what.kind} ${what.name} again` })),
  ];
}
