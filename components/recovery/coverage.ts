import type { LoadedConfig } from "../../config/load";
import { appKeys, appOf, apps, type AppKey } from "../../suite/apps";
import { clusterOf } from "../../suite/stores";
import { bucketOf, hostOf } from "../operators/databases/endpoint";
import { settingsOf } from "../operators/databases/settings";
import { veleroSettings, type VeleroSettings } from "../operators/velero/settings";
import { schedules } from "../operators/velero/tiers";
import { storesOf } from "./places";

/** Where data lies. */
export type DataKind = "objects" | "claim" | "database" | "redis" | "bucket" | "platform";

/** One place where data lies, and what becomes of it. */
export interface CoverageRow {
  /** An app, or `platform`. */
  readonly app: AppKey | "platform";
  readonly kind: DataKind;
  readonly place: string;
  /** What saves it; absent: nothing of ours. */
  readonly savedBy?: string;
  readonly every?: string;
  readonly kept?: string;
  readonly secondCopy?: string;
  /** Who has to save it, where it is not us. */
  readonly duty?: string;
  /** What is wrong: data that users would lose. */
  readonly gap?: string;
  /** Namespace whose backups hold it. */
  readonly namespace?: string;
  /** Where its copies are: a backup location of Velero, or the archive of a database. */
  readonly copiesAt?: "default" | "archive";
}

const ORGANISATION = "the organisation";

/** Every place of every enabled app where data lies. Pure: what is configured, not what has happened. */
export function coverage(config: LoadedConfig): CoverageRow[] {
  const velero = veleroSettings(config.operators);
  return [
    ...appKeys.filter((key) => config.apps[key].enabled).flatMap((app) => ofApp(config, velero, app)),
    ...ofPlatform(config, velero),
  ];
}

function ofApp(config: LoadedConfig, velero: VeleroSettings | undefined, app: AppKey): CoverageRow[] {
  const { namespace } = config.apps[app];
  const saved = byVelero(config, velero, app);
  const own = appOf(app).ownClaim;
  const row = (kind: DataKind, place: string): CoverageRow => ({ app, kind, place, namespace, ...saved });
  return [
    row("objects", `Secrets, ConfigMaps and workloads in ${namespace}`),
    ...(own === undefined
      ? []
      : own.remade === true
        ? [
            {
              app,
              kind: "claim" as const,
              place: `claim ${own.name}`,
              duty: "nobody: the app fills it again by itself",
            },
          ]
        : [row("claim", `claim ${own.name}`)]),
    ...[...storesOf(config, app)].map(([store, provider]): CoverageRow => {
      const kind = ({ postgres: "database", redis: "redis", s3: "bucket" } as const)[store];
      if (provider === "bundled") return row(kind, `${store}, bundled: a claim in ${namespace}`);
      if (provider === "cnpg") return ofCluster(config, app);
      const { host } = externalOf(config, app, store);
      return {
        app,
        kind,
        place: `${store} outside the cluster${host === undefined ? "" : `: ${host}`}`,
        duty: `who runs ${host ?? store}: backups there, with a restore that was tried`,
      };
    }),
  ];
}

/** Velero leaves CloudNativePG's databases to their operator, which archives to a store of its own. */
function ofCluster(config: LoadedConfig, app: AppKey): CoverageRow {
  const row = { app, kind: "database" as const, place: `database ${clusterOf(app)} (CloudNativePG)` };
  const databases = settingsOf(config.operators);
  if (databases?.store !== undefined) {
    return {
      ...row,
      namespace: config.apps[app].namespace,
      copiesAt: "archive",
      savedBy: `CloudNativePG's archive, ${bucketOf(databases.store)} at ${hostOf(databases.store).host}`,
      every: "continuously",
      kept: `any second of ${databases.retentionDays} days`,
      duty: "a copy of that bucket in another region: who runs the store",
    };
  }
  const { archive } = externalOf(config, app, "postgres");
  return archive === undefined
    ? {
        ...row,
        gap: "Velero leaves it out, and nothing archives it. Name the object store in operators.databases.store",
        duty: ORGANISATION,
      }
    : { ...row, savedBy: `CloudNativePG's archive at ${archive}`, every: "continuously" };
}

function externalOf(
  config: LoadedConfig,
  app: AppKey,
  store: string,
): { readonly host?: string; readonly archive?: string } {
  const stores: Readonly<Record<string, unknown>> = config.network.datastores;
  const text = (value: unknown, ...path: readonly string[]): string | undefined => {
    const found = path.reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
    return typeof found === "string" ? found : undefined;
  };
  const host = text(stores[app], store, "host");
  const archive = text(stores[app], store, "backups", "host");
  return { ...(host === undefined ? {} : { host }), ...(archive === undefined ? {} : { archive }) };
}

type Saved = Pick<CoverageRow, "copiesAt" | "savedBy" | "every" | "kept" | "secondCopy" | "gap" | "duty">;

function byVelero(config: LoadedConfig, velero: VeleroSettings | undefined, app: AppKey): Saved {
  const tier = config.apps[app].backupTier;
  if (velero === undefined) {
    return { gap: "operators.velero is off. Switch it on, or say in writing who saves this", duty: ORGANISATION };
  }
  const rhythm = schedules[tier];
  const [first] = rhythm;
  if (first === undefined) {
    return {
      duty: `nobody: apps.${app}.backupTier is none`,
      ...(apps[app].holdsData ? { gap: `apps.${app}.backupTier is none. Write standard or critical` } : {}),
    };
  }
  const { secondary } = velero;
  return {
    copiesAt: "default",
    savedBy: `Velero, bucket ${velero.storage.bucket}`,
    every: first.every,
    kept: rhythm.map(({ every, ttl }) => `each ${every} for ${days(ttl)} days`).join(", "),
    ...(secondary === undefined
      ? { gap: "there is no copy in another region. Name one in operators.velero.secondary" }
      : { secondCopy: `${secondary.location.bucket} in ${secondary.location.region}` }),
  };
}

const days = (ttl: string): number => Math.round(Number(/^\d+/.exec(ttl)?.[0] ?? 0) / 24);

function ofPlatform(config: LoadedConfig, velero: VeleroSettings | undefined): CoverageRow[] {
  const platform = (kind: DataKind, place: string, rest: Partial<CoverageRow>): CoverageRow => ({
    app: "platform",
    kind,
    place,
    ...rest,
  });
  return [
    platform("platform", `the stack's state at ${config.state.backend}`, {
      duty: `${ORGANISATION}: versions of that bucket; an export is in the file of \`mijnbureau escrow\``,
    }),
    platform("platform", "the secret store, with every login and the repository's password", {
      duty: `${ORGANISATION}: its own backups; \`mijnbureau escrow\` writes what a restore needs`,
    }),
    ...(velero === undefined
      ? []
      : [
          platform("platform", "the password of the backups' repository", {
            savedBy: "mijnbureau escrow",
            duty: "whoever runs it: after the first backup, and after every change of people",
          }),
        ]),
    platform("bucket", "logs", {
      duty: `${ORGANISATION}: versions and lock of their bucket; no copy in another region`,
    }),
    platform("claim", "metrics, dashboards' settings and silences", {
      duty: "nobody: they are not needed after a loss",
    }),
    platform("platform", "etcd: everything that is in no namespace of an app", {
      duty: "nobody: `pulumi up` makes it again; who runs the control plane may save etcd",
    }),
  ];
}

/** A copy that exists, as Velero reports it. */
export interface Copy {
  readonly namespaces: readonly string[];
  readonly location: string;
  readonly started: Date;
}

/** Age in hours of the newest copy of a row at a location; undefined: there is none. */
export function ageHours(row: CoverageRow, copies: readonly Copy[], location: string, now: Date): number | undefined {
  const { namespace } = row;
  if (namespace === undefined) return undefined;
  const times = copies
    .filter((copy) => copy.location === location && copy.namespaces.includes(namespace))
    .map(({ started }) => started.getTime());
  return times.length === 0 ? undefined : (now.getTime() - Math.max(...times)) / 3_600_000;
}

/** One sentence for each gap, for preflight and preview; the same gap of many places is one. */
export function coverageWarnings(rows: readonly CoverageRow[]): string[] {
  const byGap = new Map<string, Set<string>>();
  for (const { app, gap } of rows) {
    if (gap === undefined) continue;
    byGap.set(gap, (byGap.get(gap) ?? new Set()).add(app));
  }
  return [...byGap].map(([gap, apps]) => `backup coverage: ${[...apps].join(", ")}: ${gap}`);
}
