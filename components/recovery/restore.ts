import type { LoadedConfig } from "../../config/load";
import { appKeys, type AppKey } from "../../suite/apps";
import { nearest } from "../../lib/nearest";
import { notDrilled } from "../operators/velero/excluded";
import { storesOf } from "./places";
import { veleroSettings } from "../operators/velero/settings";
import { restoreSpec } from "./restore-spec";

/** A backup as Velero lists it. */
export interface KnownBackup {
  readonly name: string;
  readonly location: string;
  readonly phase: string;
  readonly started: Date;
  readonly expires?: Date | undefined;
  readonly namespaces: readonly string[];
}

/** What the cluster looks like before a restore. */
export interface RestoreFacts {
  readonly now: Date;
  readonly backups: readonly KnownBackup[];
  /** Locations, with what Velero says of those that it cannot use. */
  readonly locations: readonly { readonly name: string; readonly available: boolean; readonly message: string }[];
  readonly namespaces: ReadonlySet<string>;
  /** In the namespace that is restored into. */
  readonly pods: number;
  readonly workloads: readonly { readonly kind: string; readonly name: string; readonly replicas: number }[];
  readonly claims: readonly string[];
  /** Restores that have not ended, and the namespaces that they write to. */
  readonly running: readonly { readonly name: string; readonly namespaces: readonly string[] }[];
  /** Of an earlier run of this command that was interrupted. */
  readonly unfinished?: { readonly restore: string; readonly at: string } | undefined;
}

export interface RestoreWish {
  readonly app: string;
  /** A backup by name. */
  readonly from?: string | undefined;
  /** A moment: the newest backup that began before it. */
  readonly at?: string | undefined;
  readonly to?: string | undefined;
  /** A running app may be brought to rest. */
  readonly stop?: boolean | undefined;
}

export type RestoreStep = { readonly says: string } & (
  | { readonly does: "backup"; readonly name: string; readonly namespace: string; readonly location: string }
  | { readonly does: "rest"; readonly namespace: string }
  | { readonly does: "remove-claims"; readonly namespace: string; readonly claims: readonly string[] }
  | { readonly does: "restore"; readonly name: string; readonly spec: ReturnType<typeof restoreSpec> }
  | { readonly does: "check"; readonly restore: string; readonly namespace: string }
  | { readonly does: "people" }
);

export interface RestorePlan {
  readonly app: AppKey;
  readonly namespace: string;
  readonly to: string;
  readonly backup: KnownBackup;
  readonly name: string;
  readonly steps: readonly RestoreStep[];
}

/** A plan, or what is in its way, as sentences. */
export type Planned<Plan> = { readonly plan: Plan } | { readonly problems: readonly string[] };

/** What a restore of an app comes down to. Pure; nothing is touched. */
export function planRestore(config: LoadedConfig, wish: RestoreWish, facts: RestoreFacts): Planned<RestorePlan> {
  const app = appKeys.find((key) => key === wish.app);
  if (app === undefined) return { problems: [unknownApp(wish.app)] };
  if (!config.apps[app].enabled) return { problems: [`${app}: is off in this stack (apps.${app}.enabled)`] };
  const { namespace } = config.apps[app];
  const to = wish.to ?? namespace;
  const chosen = chooseBackup(app, namespace, wish, facts);
  const problems = [
    ...("problem" in chosen ? [chosen.problem] : []),
    ...placeProblems(config, { app, namespace, to, stop: wish.stop === true }, facts),
  ];
  if ("problem" in chosen || problems.length > 0) return { problems };
  const { backup } = chosen;
  const name = `${app}-${stamp(facts.now)}`;
  return {
    plan: { app, namespace, to, backup, name, steps: steps(config, { app, namespace, to, backup, name }, facts) },
  };
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
const day = (time: Date): string => time.toISOString().replace(/\.\d+/, "");

/** Missing, unfinished, failed, expired and too new are told apart. */
function chooseBackup(
  app: AppKey,
  namespace: string,
  wish: RestoreWish,
  facts: RestoreFacts,
): { readonly backup: KnownBackup } | { readonly problem: string } {
  const { backups, now } = facts;
  const ofApp = backups.filter((backup) => backup.namespaces.includes(namespace));
  const good = ofApp
    .filter(({ phase, expires }) => phase === "Completed" && (expires === undefined || expires > now))
    .sort((a, b) => b.started.getTime() - a.started.getTime());
  const [newest] = good;
  const oldest = good.at(-1);
  if (wish.from !== undefined) return named(app, namespace, wish.from, { ...facts, good });
  if (newest === undefined || oldest === undefined) {
    const others =
      ofApp.length === 0
        ? "Velero lists none at all"
        : `those that there are did not complete: ${ofApp
            .map(({ name, phase }) => `${name} (${phase})`)
            .slice(0, 5)
            .join(", ")}`;
    return {
      problem: `${app}: there is no good backup of namespace ${namespace}; ${others}. Look at the second copy, or at velero backup-location get`,
    };
  }
  if (wish.at === undefined) return { backup: newest };
  const moment = new Date(wish.at);
  if (Number.isNaN(moment.getTime()))
    return { problem: `--at ${wish.at}: is not a time; example: 2026-11-29T14:00:00Z` };
  if (moment > now) return { problem: `--at ${wish.at}: has not come yet; it is ${day(now)}` };
  const found = good.find(({ started }) => started <= moment);
  if (found === undefined) {
    return {
      problem: `--at ${wish.at}: is before the oldest copy of ${app}, ${oldest.name} of ${day(oldest.started)}. Older ones have expired`,
    };
  }
  return { backup: found };
}

function named(
  app: AppKey,
  namespace: string,
  from: string,
  { backups, now, good }: RestoreFacts & { readonly good: readonly KnownBackup[] },
): { readonly backup: KnownBackup } | { readonly problem: string } {
  const backup = backups.find(({ name }) => name === from);
  const [newest] = good;
  const instead = newest === undefined ? "" : `; the newest good one is ${newest.name}`;
  if (backup === undefined) {
    const meant = nearest(
      from,
      backups.map(({ name }) => name),
    );
    return {
      problem: `--from ${from}: there is no such backup${meant === undefined ? instead : `; did you mean ${meant}?`}`,
    };
  }
  if (!backup.namespaces.includes(namespace))
    return { problem: `--from ${from}: does not hold ${app} (namespace ${namespace})${instead}` };
  if (backup.phase !== "Completed")
    return { problem: `--from ${from}: is ${backup.phase}, not Completed: something is missing from it${instead}` };
  if (backup.expires !== undefined && backup.expires <= now)
    return { problem: `--from ${from}: has expired on ${day(backup.expires)}, and its data may be gone${instead}` };
  return { backup };
}

interface Place {
  readonly app: AppKey;
  readonly namespace: string;
  readonly to: string;
  readonly stop: boolean;
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
    ...(to === namespace || to === "velero-drill"
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
          `${app}: a restore of ${facts.unfinished.at} (${facts.unfinished.restore}) was interrupted. Go on with it: mijnbureau restore ${app} --continue; or go back to what was there: mijnbureau restore ${app} --undo`,
        ]),
    ...(to === namespace && facts.pods > 0 && !stop
      ? [
          `${app} is running (${facts.pods} pods): what people do now would be overwritten. Add --stop to bring it to rest first, or restore beside it with --to velero-drill`,
        ]
      : []),
    ...facts.locations
      .filter(({ name, available }) => !available && facts.backups.some((backup) => backup.location === name))
      .map(({ name, message }) => `backup location ${name}: ${explainFailure(message)}`),
  ];
}

interface Steps {
  readonly app: AppKey;
  readonly namespace: string;
  readonly to: string;
  readonly backup: KnownBackup;
  readonly name: string;
}

function steps(config: LoadedConfig, { app, namespace, to, backup, name }: Steps, facts: RestoreFacts): RestoreStep[] {
  const inPlace = to === namespace;
  const restore: RestoreStep = {
    does: "restore",
    name,
    spec: restoreSpec({
      from: { backup: backup.name },
      namespace,
      to,
      overwrite: inPlace,
      asFiles: veleroSettings(config.operators)?.fileSystemBackup === true,
      ...(inPlace ? {} : { without: notDrilled }),
    }),
    says: `restore ${backup.name} of ${day(backup.started)} (location ${backup.location}) into ${to}${inPlace ? ", over what is there" : ", without routes and policies"}`,
  };
  const check: RestoreStep = {
    does: "check",
    restore: name,
    namespace: to,
    says: "look whether it came: its phase, that it has objects, every byte of the volumes",
  };
  if (!inPlace) return [restore, check];
  const before = `${name}-before`;
  return [
    ...(facts.workloads.length + facts.claims.length === 0
      ? []
      : [
          {
            does: "backup" as const,
            name: before,
            namespace,
            location: "default",
            says: `save what is there now as backup ${before}, for seven days: the way back`,
          },
          {
            does: "rest" as const,
            namespace,
            says: `bring ${app} to rest: ${facts.workloads.map((each) => `${each.kind} ${each.name} (${each.replicas})`).join(", ") || "nothing runs"}`,
          },
        ]),
    ...(facts.claims.length === 0
      ? []
      : [
          {
            does: "remove-claims" as const,
            namespace,
            claims: facts.claims,
            says: `remove the claims that come from the backup: ${facts.claims.join(", ")}`,
          },
        ]),
    restore,
    check,
    ...[...storesOf(config, app)].flatMap(([store, provider]): RestoreStep[] =>
      provider === "bundled"
        ? []
        : [
            {
              does: "people",
              says: `${store} (${provider}): is in no backup of Velero. Bring it to ${day(backup.started)} as well, or the two do not fit`,
            },
          ],
    ),
    { does: "people", says: "what Pulumi owns: pulumi up --refresh" },
    {
      does: "people",
      says: `what the deployer owns: helmfile -l name=${app} apply, which brings back Roles that Velero may not grant`,
    },
    { does: "people", says: `log in to ${app} as a user, and look` },
  ];
}

/** What a message of Velero, Kopia or the store means, as a sentence with what to do. */
export function explainFailure(message: string): string {
  const known: readonly (readonly [RegExp, string])[] = [
    [
      /message authentication failed|invalid (repository )?password|unable to decrypt/i,
      "the repository's password does not fit: put the one of the escrow file into velero-repo-credentials",
    ],
    [
      /unexpected EOF|gzip: |invalid header|checksum mismatch/i,
      "the backup is truncated or corrupted: take an older one, or the second copy",
    ],
    [
      /BLOB not found|NoSuchKey|key does not exist|object not found|NotFound/i,
      "a part of the backup is missing from the store: look for hidden versions (mijnbureau backup locks), or take the second copy",
    ],
    [
      /no space|quota|InsufficientStorage|StorageFull|EntityTooLarge/i,
      "the store is full: give it room, then run this again",
    ],
    [
      /connection refused|no such host|timeout|timed out|cannot be reached|i\/o timeout|EHOST/i,
      "the store cannot be reached: look at its address, the network and the cluster's flows",
    ],
    [
      /AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|403/i,
      "the store refuses the key: put the right one into the secret store",
    ],
    [/No completed backups found/i, "the schedule has no good backup"],
  ];
  const found = known.find(([pattern]) => pattern.test(message));
  const quoted = message === "" ? "it gives no reason" : message;
  return found === undefined ? quoted : `${found[1]} (${quoted})`;
}
