import type { AppKey } from "../../suite/apps";
import { nearest } from "../../lib/nearest";
import { explainFailure } from "./failures";

/** A backup as Velero lists it. */
export interface KnownBackup {
  readonly name: string;
  readonly location: string;
  readonly phase: string;
  readonly started: Date;
  readonly expires?: Date | undefined;
  readonly namespaces: readonly string[];
  /** Made by this command before it changed anything: it has what somebody wanted to be rid of. */
  readonly beforeRestore?: boolean | undefined;
}

export interface KnownLocation {
  readonly name: string;
  readonly available: boolean;
  /** What Velero says where it cannot use it. */
  readonly message: string;
  readonly readOnly: boolean;
}

/** What there is to choose from. */
export interface Kept {
  readonly now: Date;
  readonly backups: readonly KnownBackup[];
  readonly locations: readonly KnownLocation[];
}

export interface WishedBackup {
  /** A backup by name. */
  readonly from?: string | undefined;
  /** A moment: the newest backup that began before it, and the database's second. */
  readonly at?: string | undefined;
}

export const day = (time: Date): string => time.toISOString().replace(/\.\d+/, "");

/** Whether what a location holds can be read; one that Velero has not told us of is tried. */
const isUsable = ({ locations }: Kept, location: string): boolean =>
  locations.every(({ name, available }) => name !== location || available);

/** Where what is there can be saved: in the first location, else in another one. */
export const writable = ({ locations }: Kept): string | undefined =>
  locations
    .filter(({ available, readOnly }) => available && !readOnly)
    .map(({ name }) => name)
    .sort((a, b) => Number(b === "default") - Number(a === "default"))[0];

/** Of locations those that cannot be used, and why; nothing where all can. */
export function said(locations: readonly KnownLocation[]): string {
  const out = locations.filter(({ available }) => !available);
  return out.length === 0
    ? ""
    : ` (location ${out.map(({ name, message }) => `${name}: ${explainFailure(message)}`).join("; ")})`;
}

/** Missing, unfinished, failed, expired, too new and out of reach are told apart. */
export function chooseBackup(
  app: AppKey,
  namespace: string,
  wish: WishedBackup,
  facts: Kept,
): { readonly backup: KnownBackup } | { readonly problem: string } {
  const { backups, now } = facts;
  const ofApp = backups.filter((backup) => backup.namespaces.includes(namespace));
  const good = ofApp
    .filter(
      ({ phase, expires, beforeRestore }) =>
        phase === "Completed" && (expires === undefined || expires > now) && beforeRestore !== true,
    )
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
  const moment = wish.at === undefined ? now : new Date(wish.at);
  const inTime = good.filter(({ started }) => started <= moment);
  const found = inTime.find(({ location }) => isUsable(facts, location));
  if (found === undefined && inTime.length > 0) {
    return { problem: `${app}: no good backup of namespace ${namespace} can be read${said(facts.locations)}` };
  }
  if (found === undefined) {
    return {
      problem: `--at ${wish.at ?? ""}: is before the oldest copy of ${app}, ${oldest.name} of ${day(oldest.started)}. Older ones have expired`,
    };
  }
  return { backup: found };
}

function named(
  app: AppKey,
  namespace: string,
  from: string,
  { good, ...facts }: Kept & { readonly good: readonly KnownBackup[] },
): { readonly backup: KnownBackup } | { readonly problem: string } {
  const { backups, now } = facts;
  const backup = backups.find(({ name }) => name === from);
  const newest = good.find(({ location }) => isUsable(facts, location));
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
  if (!isUsable(facts, backup.location))
    return {
      problem: `--from ${from}: cannot be read${said(facts.locations.filter(({ name }) => name === backup.location))}${instead}`,
    };
  return { backup };
}
