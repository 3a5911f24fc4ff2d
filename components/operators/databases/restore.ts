import { UserError } from "../../../lib/errors";
import { clusterOf } from "../../../suite/stores";
import { singleFlows, type PodGroup } from "../../../suite/flow";
import { datastoreFlows } from "../../../suite/flows/datastores";
import type { Manifest } from "../../kubernetes-object";
import type { Facts } from "../frame/facts";
import { archiveName, RECOVERY_POINT_SECONDS } from "./archive";
import { clusterManifest, shapeOf, type Database } from "./cluster";
import { compareJob } from "./compare";
import { copyManifest } from "./copy";
import { databasesOf } from "./objects";
import type { Restored, Settings } from "./settings";

/** What is asked for. */
export interface DatabaseRequest {
  readonly app: string;
  /** Absent: everything that the archive has. */
  readonly at?: string | undefined;
  /** As a copy beside the database; otherwise over it. */
  readonly beside: boolean;
}

/** Something that runs, and how much of it; a CronJob is on (1) or off (0). */
export interface Running {
  readonly kind: "Deployment" | "StatefulSet" | "CronJob";
  readonly name: string;
  readonly replicas: number;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What the cluster says of an app's database. */
export interface DatabaseState {
  readonly now: Date;
  /** First second of each archive that has a base backup (ObjectStore, `status.serverRecoveryWindow`). */
  readonly firstSeconds: ReadonlyMap<string, string>;
  /** Clusters of CloudNativePG in the app's namespace. */
  readonly clusters: readonly string[];
  readonly running: readonly Running[];
  /** What was recorded last of its tables: when, and of which archive. */
  readonly record?: { readonly at: string; readonly archive: string } | undefined;
}

type Scaled = Pick<Running, "kind" | "name" | "replicas">;

export type Step = { readonly says: string } & (
  | { readonly do: "rest" | "wake"; readonly what: Scaled }
  | { readonly do: "pause"; readonly seconds: number }
  | { readonly do: "apply"; readonly object: Manifest }
  | { readonly do: "await"; readonly cluster: string; readonly instances: number }
  | { readonly do: "archived"; readonly cluster: string }
  /** A Job that counts the tables of a Cluster, and fails where they are not what was recorded. */
  | { readonly do: "compare"; readonly job: Manifest }
  /** Unless it writes to that archive already: then it is the restored one. */
  | { readonly do: "remove"; readonly cluster: string; readonly unlessArchive?: string }
);

/** What has to be done, part by part; each step may be done again. */
export interface DatabasePlan {
  readonly namespace: string;
  /** A copy: what was asked for, or what shows that the archive can be restored before anything goes. */
  readonly copy: readonly Step[];
  /** The parts of the app that use the database, and only they. */
  readonly rest: readonly Step[];
  readonly over: readonly Step[];
  readonly wake: readonly Step[];
  readonly clean: readonly Step[];
  /** With the app at rest: the database as it was, from its archive's last second. */
  readonly back: readonly Step[];
  /** What the stack says afterwards, and after going back: `operators.databases.restored.<app>`. */
  readonly restored: Restored;
  readonly restoredBack: Restored;
}

export interface DatabaseStack {
  readonly settings: Settings;
  readonly facts: Facts;
}

/** Of the copy that people look at. */
export const copyOf = (app: string): string => `${app}-copy`;
/** Of the copy that shows, before anything goes, that the archive can be restored. */
const proofOf = (cluster: string): string => `${cluster}-proof`;

/** A plan, or what stands in the way, as sentences. */
export function planDatabase(
  request: DatabaseRequest,
  state: DatabaseState,
  stack: DatabaseStack,
): { readonly plan: DatabasePlan } | { readonly problems: readonly string[] } {
  const { app, beside } = request;
  const { settings, facts } = stack;
  const database = databaseOf(app, stack);
  const cluster = clusterOf(app);
  const source = sourceOf(request, state, settings);
  const problems = [
    ...("problem" in source ? [source.problem] : []),
    ...(beside && state.clusters.includes(copyOf(app))
      ? [
          `${app}: there is a Cluster ${copyOf(app)} already; remove it: kubectl -n ${database.namespace} delete cluster ${copyOf(app)}`,
        ]
      : []),
  ];
  if ("problem" in source || problems.length > 0) return { problems };
  const now = settings.restored[app]?.archive ?? 1;
  const restored = restoredOf(source.archive, now + 1, request.at);
  const restoredBack = restoredOf(now, now + 2, undefined);
  const from = archiveName(cluster, source.archive);
  const recorded = recordIn(from, request, state);
  const clients = clientsOf(app);
  const running = state.running
    .filter(({ labels, replicas }) => replicas > 0 && clients.some((group) => matches(group, labels)))
    .map(({ kind, name, replicas }) => ({ kind, name, replicas }));
  const anew = (becomes: Restored): Step[] => again(database, becomes, { settings, facts });
  return {
    plan: {
      namespace: database.namespace,
      copy: copy({ request, from, state, database }, stack),
      rest: running.map((what) => ({ do: "rest", what, says: `put ${what.kind} ${what.name} to rest` })),
      over: [
        ...(state.clusters.includes(cluster)
          ? [
              {
                do: "pause" as const,
                seconds: RECOVERY_POINT_SECONDS,
                says: "wait until the last of the log is in the archive, so that this can be gone back on",
              },
              {
                do: "archived" as const,
                cluster,
                says: `look whether the log of ${cluster} reaches its archive`,
              },
            ]
          : []),
        ...anew(restored),
        ...(recorded === undefined
          ? []
          : compare(database, stack, { cluster, recorded, exact: recorded === request.at })),
      ],
      wake: running.map((what) => ({ do: "wake", what, says: `start ${what.kind} ${what.name} again` })),
      clean: [
        {
          do: "remove",
          cluster: beside ? copyOf(app) : proofOf(cluster),
          says: `remove the copy ${beside ? copyOf(app) : proofOf(cluster)}`,
        },
      ],
      back: anew(restoredBack),
      restored,
      restoredBack,
    },
  };
}

function databaseOf(app: string, { settings, facts }: DatabaseStack): Database {
  const found = databasesOf(settings, facts.apps).find((each) => each.app === app);
  if (found === undefined) throw new UserError(`${app}: operators.databases.store is missing: it has no archive`);
  return found;
}

/** The newest archive that has the second; without one the archive that the database writes to now. */
function sourceOf(
  { app, at }: DatabaseRequest,
  { firstSeconds }: DatabaseState,
  { restored }: Settings,
): { readonly archive: number } | { readonly problem: string } {
  const newest = restored[app]?.archive ?? 1;
  const numbers = Array.from({ length: newest }, (_, index) => newest - index);
  const firstOf = (number: number): string | undefined => firstSeconds.get(archiveName(clusterOf(app), number));
  const known = numbers.filter((number) => firstOf(number) !== undefined);
  const oldest = known.at(-1);
  if (oldest === undefined || (at === undefined && firstOf(newest) === undefined)) {
    return {
      problem: `${app}: the archive ${archiveName(clusterOf(app), newest)} has no base backup, and nothing to restore. See the alert DatabaseBaseBackupMissing`,
    };
  }
  if (at === undefined) return { archive: newest };
  const found = known.find((number) => Date.parse(firstOf(number) ?? "") <= Date.parse(at));
  return found === undefined
    ? { problem: `${app}: ${at} is before ${firstOf(oldest) ?? ""}, the first second that its database's archive has` }
    : { archive: found };
}

const restoredOf = (from: number, archive: number, at: string | undefined): Restored => ({
  archive,
  ...(from === archive - 1 ? {} : { from }),
  ...(at === undefined ? {} : { at }),
});

/** Pods of the app that use its database. */
function clientsOf(app: string): PodGroup[] {
  return singleFlows(datastoreFlows).flatMap(({ from, to }) =>
    to.kind === "datastore" && to.store === "postgres" && to.app === app && from.kind === "app" ? [from.pods] : [],
  );
}

const matches = ({ labels: wanted }: PodGroup, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** `20261129t140507z`: fits in a name. */
const stampOf = (time: Date): string =>
  time
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")
    .toLowerCase();

interface Copied {
  readonly request: DatabaseRequest;
  readonly from: string;
  readonly state: DatabaseState;
  readonly database: Database;
}

/** The record of an archive, where it is not of a later moment than the one that is asked for. */
function recordIn(from: string, { at }: DatabaseRequest, { record }: DatabaseState): string | undefined {
  if (record?.archive !== from) return undefined;
  return at === undefined || Date.parse(record.at) <= Date.parse(at) ? record.at : undefined;
}

/**
 * One server, with an archive of its own. Before a restore over the database to another moment than the recorded one, a
 * copy of that moment comes first: whether the archive brings what it should can be told of that moment only.
 */
function copy(of: Copied, stack: DatabaseStack): Step[] {
  const { request, from, state } = of;
  const recorded = recordIn(from, request, state);
  const name = request.beside ? copyOf(of.database.app) : proofOf(clusterOf(of.database.app));
  const compared = (exact: boolean): Step[] =>
    recorded === undefined ? [] : compare(of.database, stack, { cluster: name, recorded, exact });
  const wanted = copied(of, stack, { name, at: request.at });
  if (request.beside || recorded === undefined || recorded === request.at)
    return [...wanted, ...compared(recorded === request.at)];
  return [
    ...copied(of, stack, { name, at: recorded }),
    ...compared(true),
    { do: "remove", cluster: name, says: `remove the copy ${name} of the recorded moment` },
    ...wanted,
  ];
}

function copied(
  { request, from, state, database }: Copied,
  { settings, facts }: DatabaseStack,
  { name, at }: { readonly name: string; readonly at: string | undefined },
): Step[] {
  const archive = `${name}-${stampOf(state.now)}${at === request.at ? "" : "-recorded"}`;
  return [
    {
      do: "apply",
      object: copyManifest({ database, settings, facts }, { name, archive, from, at }),
      says: `make the Cluster ${name} beside ${clusterOf(database.app)}, from the archive ${from} up to ${at ?? "its last second"}`,
    },
    { do: "await", cluster: name, instances: 1, says: `wait until ${name} works: the archive can be restored` },
  ];
}

function compare(
  database: Database,
  stack: DatabaseStack,
  { cluster, recorded, exact }: { readonly cluster: string; readonly recorded: string; readonly exact: boolean },
): Step[] {
  const says = exact
    ? `compare every table of ${cluster} with what was recorded at ${recorded}: rows, and a checksum of them`
    : `count the tables of ${cluster} beside what was recorded at ${recorded}, another moment`;
  return [{ do: "compare", job: compareJob({ database, ...stack }, cluster, exact), says }];
}

/** The database itself, anew. */
function again(database: Database, becomes: Restored, { settings, facts }: DatabaseStack): Step[] {
  const cluster = clusterOf(database.app);
  const then: Settings = { ...settings, restored: { ...settings.restored, [database.app]: becomes } };
  const shape = shapeOf(database, then);
  return [
    {
      do: "remove",
      cluster,
      unlessArchive: shape.archive,
      says: `remove the Cluster ${cluster} as it is; its archive stays`,
    },
    {
      do: "apply",
      object: clusterManifest(database, shape, then, facts),
      says: `make the Cluster ${cluster} anew, up to ${becomes.at ?? "its last second"}; from now on it writes to the archive ${shape.archive}`,
    },
    { do: "await", cluster, instances: shape.instances, says: `wait until ${cluster} works` },
  ];
}
