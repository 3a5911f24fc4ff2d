import { z } from "zod";
import type { LoadedConfig } from "../../config/load";
import { appKeys, type AppKey } from "../../suite/apps";
import { nearest } from "../../lib/nearest";
import {
  copyOf,
  planDatabase,
  type DatabasePlan,
  type DatabaseState,
  type Step as DatabaseStep,
} from "../operators/databases/restore";
import type { Restored } from "../operators/databases/settings";
import { DRILL_NAMESPACE } from "../operators/velero/drill-names";
import { notDrilled } from "../operators/velero/excluded";
import { chooseBackup, day, said, writable, type Kept, type KnownBackup, type WishedBackup } from "./choose";
import { databaseStack } from "./database";
import { storesOf } from "./places";
import { veleroSettings } from "../operators/velero/settings";
import { restoreSpec } from "./restore-spec";

/** What the cluster looks like before a restore. */
export interface RestoreFacts extends Kept {
  readonly namespaces: ReadonlySet<string>;
  /** In the namespace that is restored into. */
  readonly pods: number;
  readonly workloads: readonly { readonly kind: string; readonly name: string; readonly replicas: number }[];
  readonly claims: readonly string[];
  /** Restores that have not ended, and the namespaces that they write to. */
  readonly running: readonly { readonly name: string; readonly namespaces: readonly string[] }[];
  /** Of the app's CloudNativePG database; absent: it has none. */
  readonly database?: DatabaseState | undefined;
  /** Of an earlier run of this command that was interrupted. */
  readonly unfinished?: { readonly restore: string; readonly at: string } | undefined;
}

/** Parts of an app that can come back alone: its database, or everything but that. */
export const restoredParts = ["database", "objects"] as const;

export interface RestoreWish extends WishedBackup {
  readonly app: string;
  readonly to?: string | undefined;
  readonly only?: (typeof restoredParts)[number] | undefined;
  /** A running app may be brought to rest. */
  readonly stop?: boolean | undefined;
  /** What is there need not be saved first. */
  readonly unsaved?: boolean | undefined;
}

/** On a backup that this command made before it changed anything. */
export const BEFORE_RESTORE = "mijnbureau-platform/before-restore";

export type RestoreStep = { readonly says: string } & (
  | { readonly does: "read"; readonly backup: string; readonly namespace: string }
  | {
      readonly does: "backup";
      readonly name: string;
      readonly namespace: string;
      readonly location: string;
      readonly asFiles: boolean;
    }
  | { readonly does: "rest"; readonly namespace: string }
  /** Waits until Velero has ended every attempt of a restore. */
  | { readonly does: "settle"; readonly restore: string }
  | {
      readonly does: "remove-added";
      readonly restore: string;
      /** The namespace that was backed up, and the one that it was restored into. */
      readonly from: string;
      readonly namespace: string;
      /** The backup of what was there before; absent: there was nothing of the app. */
      readonly saved?: string;
    }
  | {
      readonly does: "remove-claims";
      readonly namespace: string;
      readonly claims: readonly string[];
      /** What has no data in it stays. */
      readonly backup: string;
    }
  | {
      readonly does: "restore";
      readonly name: string;
      readonly spec: ReturnType<typeof restoreSpec>;
      /** The backup is this command's own, and may have needed several attempts. */
      readonly own?: true;
    }
  | {
      readonly does: "check";
      readonly restore: string;
      readonly namespace: string;
      readonly without: readonly string[];
    }
  | { readonly does: "database"; readonly namespace: string; readonly step: DatabaseStep }
  | { readonly does: "stack-file"; readonly app: AppKey; readonly restored: Restored }
  | { readonly does: "people" }
);

export interface RestorePlan {
  readonly app: AppKey;
  readonly namespace: string;
  readonly to: string;
  readonly name: string;
  /** What is restored, and to when. */
  readonly says: string;
  readonly steps: readonly RestoreStep[];
  /** Volumes without snapshots are read as files. */
  readonly asFiles: boolean;
  readonly database?: DatabasePlan | undefined;
  /** It takes another plan back. */
  readonly undoes?: true;
  /** What is there is not saved first: there is no way back. */
  readonly unsaved: boolean;
}

/** A plan, or what is in its way, as sentences. */
export type Planned<Plan> = { readonly plan: Plan } | { readonly problems: readonly string[] };

const time = z.iso.datetime({ offset: true });

/** What a restore of an app comes down to. Pure; nothing is touched. */
export function planRestore(config: LoadedConfig, wish: RestoreWish, facts: RestoreFacts): Planned<RestorePlan> {
  const app = appKeys.find((key) => key === wish.app);
  if (app === undefined) return { problems: [unknownApp(wish.app)] };
  if (!config.apps[app].enabled) return { problems: [`${app}: is off in this stack (apps.${app}.enabled)`] };
  const { namespace } = config.apps[app];
  const to = wish.to ?? namespace;
  const place = { app, namespace, to, stop: wish.stop === true, unsaved: wish.unsaved === true };
  const moment = momentProblem(wish.at, facts.now);
  if (moment !== undefined) return { problems: [moment, ...placeProblems(config, place, facts)] };
  const chosen = wish.only === "database" ? { backup: undefined } : chooseBackup(app, namespace, wish, facts);
  const backup = "problem" in chosen ? undefined : chosen.backup;
  const found = databasePart(
    config,
    { app, to, at: wish.at ?? (backup && momentOf(backup, facts)), only: wish.only },
    facts,
  );
  const problems = [
    ...("problem" in chosen ? [chosen.problem] : []),
    ...("problems" in found ? found.problems : []),
    ...placeProblems(config, place, facts),
    ...unsaveable(place, backup, facts),
  ];
  if (problems.length > 0 || "problems" in found) return { problems };
  const { plan: database } = found;
  const what = {
    app,
    namespace,
    to,
    name: `${app}-${stamp(facts.now)}`,
    backup,
    database,
    asFiles: readsFiles(config),
    unsaved: place.unsaved,
  };
  return {
    plan: {
      ...{ app, namespace, to, name: what.name, asFiles: what.asFiles, says: described(what, facts) },
      unsaved: place.unsaved,
      ...(database === undefined ? {} : { database }),
      steps: to === namespace ? inPlace(config, what, facts) : beside(what),
    },
  };
}

const HOUR_MS = 3_600_000;

/**
 * Where a database's tables were recorded with a backup, the recorded moment: of that one it can be told whether all of it
 * came back. A database that is some minutes older than the files names none that is not there.
 */
function momentOf({ started }: KnownBackup, { database }: RestoreFacts): string {
  const recorded = database?.record?.at;
  const before = recorded === undefined ? NaN : started.getTime() - Date.parse(recorded);
  return recorded !== undefined && before >= 0 && before <= HOUR_MS ? recorded : day(started);
}

const readsFiles = ({ operators }: LoadedConfig): boolean => veleroSettings(operators)?.fileSystemBackup === true;

function described({ app, backup, database }: What, { locations }: RestoreFacts): string {
  const parts = [
    ...(backup === undefined
      ? []
      : [
          `${backup.name}, begun ${backup.started.toISOString()}, at location ${backup.location}${said(locations.filter(({ name }) => name !== backup.location))}`,
        ]),
    ...(database === undefined ? [] : [`its database's archive, up to ${database.restored.at ?? "its last second"}`]),
  ];
  return `${app} from ${parts.join("; ")}`;
}

function momentProblem(at: string | undefined, now: Date): string | undefined {
  if (at === undefined) return undefined;
  if (!time.safeParse(at).success) return `--at ${at}: is not a time with its zone; example: 2026-11-29T14:00:00Z`;
  return new Date(at) > now ? `--at ${at}: has not come yet; it is ${day(now)}` : undefined;
}

interface DatabaseWish extends Pick<RestoreWish, "at" | "only"> {
  readonly app: AppKey;
  readonly to: string;
}

/** What the app's database needs; nothing where it has none of the platform's. */
function databasePart(
  config: LoadedConfig,
  { app, to, at, only }: DatabaseWish,
  { now, database }: RestoreFacts,
): Planned<DatabasePlan | undefined> {
  if (only === "objects") return { plan: undefined };
  const provider = storesOf(config, app).get("postgres");
  if (provider !== "cnpg") {
    return only === undefined
      ? { plan: undefined }
      : {
          problems: [
            `${app}: has no database of the platform's (network.datastores.${app}.postgres is ${provider ?? "not there"})`,
          ],
        };
  }
  const state = database ?? { now, firstSeconds: new Map<string, string>(), clusters: [], running: [] };
  return planDatabase({ app, at, beside: to !== config.apps[app].namespace }, state, databaseStack(config));
}

function unknownApp(given: string): string {
  const meant = nearest(given, appKeys);
  return `"${given}" is no app of the suite; ${meant === undefined ? `there are ${appKeys.join(", ")}` : `did you mean ${meant}?`}`;
}

const stamp = (time: Date): string =>
  time
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")
    .toLowerCase();

interface Place {
  readonly app: AppKey;
  readonly namespace: string;
  readonly to: string;
  readonly stop: boolean;
  readonly unsaved: boolean;
}

function placeProblems(config: LoadedConfig, { app, namespace, to, stop }: Place, facts: RestoreFacts): string[] {
  const other = appKeys.find((key) => key !== app && config.apps[key].enabled && config.apps[key].namespace === to);
  const busy = facts.running.find(({ namespaces }) => namespaces.includes(to));
  return [
    ...(other === undefined
      ? []
      : [`--to ${to}: is the namespace of ${other}, whose objects would be overwritten; name another`]),
    ...(facts.namespaces.has(to)
      ? []
      : [`namespace ${to} does not exist. Velero makes none: run pulumi up first, or choose velero-drill`]),
    ...(to === namespace || to === DRILL_NAMESPACE
      ? []
      : [`--to ${to}: Velero may write to ${namespace} and to velero-drill only (docs/operations/backup.md)`]),
    ...(busy === undefined
      ? []
      : [
          `${to}: restore ${busy.name} is not over; wait for it: kubectl -n velero get restores.velero.io ${busy.name}`,
        ]),
    ...(facts.unfinished === undefined
      ? []
      : [
          `${app}: a restore of ${facts.unfinished.at} (${facts.unfinished.restore}) is under way, or was interrupted. Wait for it, or go on with it: mijnbureau restore ${app} --continue; or go back to what was there: mijnbureau restore ${app} --undo`,
        ]),
    ...(to === namespace && facts.pods > 0 && !stop
      ? [
          `${app} is running (${facts.pods} pods): what people do now would be overwritten. Add --stop to bring it to rest first, or restore beside it with --to velero-drill`,
        ]
      : []),
  ];
}

const isThere = ({ workloads, claims }: RestoreFacts): boolean => workloads.length + claims.length > 0;

function unsaveable(
  { app, namespace, to, unsaved }: Place,
  backup: KnownBackup | undefined,
  facts: RestoreFacts,
): string[] {
  if (backup === undefined || unsaved || to !== namespace) return [];
  if (!isThere(facts) || writable(facts) !== undefined) return [];
  return [
    `${app}: what is there cannot be saved first, for no backup location can be written to${said(facts.locations)}. Mend one; or restore beside it with --to ${DRILL_NAMESPACE}; or add --unsaved where it may be lost`,
  ];
}

interface What {
  readonly app: AppKey;
  readonly namespace: string;
  readonly to: string;
  readonly name: string;
  readonly backup: KnownBackup | undefined;
  readonly database: DatabasePlan | undefined;
  readonly asFiles: boolean;
  readonly unsaved: boolean;
}

const reading = ({ name }: KnownBackup, namespace: string): RestoreStep => ({
  ...{ does: "read", backup: name, namespace },
  says: `read all of ${name} but its volumes, and look of which volumes it has the data`,
});

const people = (says: string): RestoreStep => ({ does: "people", says });

/** Steps of a database among those of the app. */
export const ofDatabase = (namespace: string, steps: readonly DatabaseStep[] = []): RestoreStep[] =>
  steps.map((step) => ({ does: "database", namespace, step, says: step.says }));

export function inStackFile(app: AppKey, restored: Restored): RestoreStep {
  const says = `write operators.databases.restored.${app}: ${JSON.stringify(restored)} into the stack's file; commit it: without it the next pulumi up leads the log into the old archive`;
  return { does: "stack-file", app, restored, says };
}

/** Restores a backup, and compares. */
export function restoring(
  { namespace, to, name, asFiles }: Pick<What, "namespace" | "to" | "name" | "asFiles">,
  { backup, own, says }: { readonly backup: string; readonly own?: true; readonly says: string },
): RestoreStep[] {
  const overwrite = to === namespace;
  const without = overwrite ? [] : notDrilled;
  const spec = restoreSpec({ from: { backup }, namespace, to, overwrite, without, asFiles });
  return [
    { does: "restore", name, spec, says, ...(own === undefined ? {} : { own }) },
    {
      ...{ does: "check", restore: name, namespace: to, without },
      says: "compare with what the backup recorded: every object, every field but those that the cluster assigns, every byte of the volumes",
    },
  ];
}

function beside(what: What): RestoreStep[] {
  const { app, namespace, to, backup, database } = what;
  return [
    ...(backup === undefined ? [] : [reading(backup, namespace)]),
    ...ofDatabase(namespace, database?.copy),
    ...(backup === undefined
      ? []
      : restoring(what, {
          backup: backup.name,
          says: `restore ${backup.name} of ${day(backup.started)} (location ${backup.location}) into ${to}, without routes and policies`,
        })),
    ...(database === undefined
      ? []
      : [
          people(
            `look at the copy of the database, which stands in the app's own namespace because only there its archive is reached: kubectl -n ${namespace} exec -it ${copyOf(app)}-1 -c postgres -- psql; then kubectl -n ${namespace} delete cluster ${copyOf(app)}`,
          ),
        ]),
  ];
}

function inPlace(config: LoadedConfig, what: What, facts: RestoreFacts): RestoreStep[] {
  const { app, backup, database } = what;
  const look = people(`log in to ${app} as a user, and look`);
  return backup === undefined
    ? [...databaseAlone(what), look]
    : [
        ...everything({ ...what, backup }, facts),
        ...[...storesOf(config, app)].flatMap(([store, provider]) =>
          provider === "bundled" || (store === "postgres" && database !== undefined)
            ? []
            : [
                people(
                  `${store} (${provider}): is in no backup of Velero. Bring it to ${day(backup.started)} as well, or the two do not fit`,
                ),
              ],
        ),
        people("what Pulumi owns: pulumi up --refresh"),
        people(
          `what the deployer owns: helmfile -l name=${app} apply, which brings back Roles that Velero may not grant`,
        ),
        look,
      ];
}

function databaseAlone({ app, namespace, database }: What): RestoreStep[] {
  if (database === undefined) return [];
  const { copy, rest, over, wake, clean, restored } = database;
  return [
    ...ofDatabase(namespace, [...copy, ...rest, ...over]),
    inStackFile(app, restored),
    ...ofDatabase(namespace, [...wake, ...clean]),
  ];
}

/** The database comes back before what uses it, and nothing goes before it is saved or shown to be restorable. */
function everything(what: What & { readonly backup: KnownBackup }, facts: RestoreFacts): RestoreStep[] {
  const { app, namespace, name, backup, database, unsaved } = what;
  const { workloads, claims } = facts;
  const saveAt = unsaved ? undefined : writable(facts);
  const before = `${name}-before`;
  const running = workloads.map((each) => `${each.kind} ${each.name} (${each.replicas})`).join(", ");
  const only = (condition: boolean, step: RestoreStep): RestoreStep[] => (condition ? [step] : []);
  return [
    reading(backup, namespace),
    ...(saveAt === undefined || !isThere(facts)
      ? []
      : [
          {
            ...{ does: "backup" as const, name: before, namespace, location: saveAt, asFiles: what.asFiles },
            says: `save what is there now as backup ${before} in location ${saveAt}, for seven days: the way back`,
          },
        ]),
    ...ofDatabase(namespace, database?.copy),
    ...only(isThere(facts), { does: "rest", namespace, says: `bring ${app} to rest: ${running || "nothing runs"}` }),
    ...ofDatabase(namespace, database?.over),
    ...(database === undefined ? [] : [inStackFile(app, database.restored)]),
    ...only(claims.length > 0, {
      ...{ does: "remove-claims", namespace, claims, backup: backup.name },
      says: `remove the claims whose data is in ${backup.name}, among ${claims.join(", ")}`,
    }),
    ...restoring(what, {
      backup: backup.name,
      says: `restore ${backup.name} of ${day(backup.started)} (location ${backup.location}) into ${namespace}, over what is there`,
    }),
    ...ofDatabase(namespace, database?.clean),
  ];
}
