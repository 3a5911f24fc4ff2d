import { at, type KubeObject } from "../../lib/kube/client";
import type { VolumeEvidence } from "./volumes";

/** Objects by kind (`apps/v1/Deployment`), as Velero lists them of a backup and, with what became of each, of a restore. */
export type ResourceList = Readonly<Record<string, readonly string[]>>;

/** What one restore showed, beside what its backup recorded. */
export interface RestoreEvidence {
  readonly restore: string;
  readonly backup: string;
  readonly phase: string;
  /** Objects of the backup that the restore brings back. */
  readonly objects: number;
  readonly missing: readonly string[];
  readonly volumes: readonly VolumeEvidence[];
  readonly recoveryPointSeconds: number;
  readonly recoveryTimeSeconds: number;
}

/** That of a drill: a line of the evidence. */
export interface DrillEvidence extends RestoreEvidence {
  readonly stack: string;
  readonly app: string;
}

/** A drill of a database: a line of the evidence, too. */
export interface DatabaseDrill {
  readonly stack: string;
  readonly app: string;
  /** Of the Job. */
  readonly restore: string;
  readonly came: boolean;
  /** Tables, rows and their checksum beside what was recorded, or why there is none. */
  readonly says: string;
  readonly recoveryTimeSeconds: number;
}

export const databaseDrillProblems = ({ app, restore, came, says }: DatabaseDrill): string[] =>
  came ? [] : [`${app}, drill ${restore}: the database did not come back as it was recorded: ${says}`];

export interface Compared {
  readonly namespace: string;
  readonly to: string;
  /** Kinds that stay out, as Velero is told them: `networkpolicies.networking.k8s.io`. */
  readonly without: readonly string[];
  /** The namespace's objects as the backup holds them. */
  readonly contents: readonly KubeObject[];
}

/** `apps/v1/Deployment docs-backend`. */
export const nameOf = ({ apiVersion, kind, metadata }: KubeObject): string =>
  `${apiVersion}/${kind} ${metadata.name ?? ""}`;

/** Velero brings back no pod and no Job that has ended, and lists none (velero v1.18.3, pkg/restore/restore.go, isCompleted). */
export function hasEnded({ kind, ...object }: KubeObject): boolean {
  if (kind === "Pod") return ["Succeeded", "Failed"].includes(String(at(object, "status", "phase")));
  return kind === "Job" && at(object, "status", "completionTime") !== undefined;
}

/** Plural of a kind, as resources are called. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name === "endpoints") return name;
  if (name.endsWith("y")) return `${name.slice(0, -1)}ies`;
  return name.endsWith("s") ? `${name}es` : `${name}s`;
}

/** `networkpolicies.networking.k8s.io` of `networking.k8s.io/v1/NetworkPolicy`; `secrets` of `v1/Secret`. */
export function resourceOf(key: string): string {
  const parts = key.split("/");
  const kind = parts.at(-1) ?? "";
  return parts.length === 3 ? `${pluralOf(kind)}.${parts[0] ?? ""}` : pluralOf(kind);
}

/**
 * Made in every namespace by the cluster itself, which may be quicker than the restore (Kubernetes, root-ca-cert-publisher and
 * serviceaccount-controller; OpenShift, service-ca): what becomes of them then says nothing of the restore.
 */
const CLUSTERS_OWN: ReadonlySet<string> = new Set([
  "v1/ConfigMap kube-root-ca.crt",
  "v1/ConfigMap openshift-service-ca.crt",
  "v1/ServiceAccount default",
]);

/** Of what a backup recorded of a namespace, everything and what the restore did not bring. */
export function compareLists(
  backup: ResourceList,
  restored: ResourceList,
  { namespace, to, without, contents }: Compared,
): { readonly objects: number; readonly missing: string[] } {
  const ended = new Set(contents.filter(hasEnded).map(nameOf));
  const wanted = Object.entries(backup)
    .filter(([key]) => !without.includes(resourceOf(key)))
    .flatMap(([key, names]) =>
      names
        .filter((name) => name.startsWith(`${namespace}/`))
        .map((name) => [key, name.slice(namespace.length + 1)] as const),
    )
    .filter(([key, name]) => !ended.has(`${key} ${name}`) && !CLUSTERS_OWN.has(`${key} ${name}`));
  const isThere = ([key, name]: readonly [string, string]): boolean =>
    // What stood there already is skipped.
    (restored[key] ?? []).some((entry) => /^(.*)\((created|updated|skipped)\)$/.exec(entry)?.[1] === `${to}/${name}`);
  return {
    objects: wanted.length,
    missing: wanted.filter((each) => !isThere(each)).map(([key, name]) => `${key} ${name}`),
  };
}

/** What is wrong with a restore, in sentences; none: everything came back. */
export function restoreProblems({ phase, objects, missing, volumes, backup }: RestoreEvidence): string[] {
  return [
    ...(phase === "Completed" ? [] : [`the restore is ${phase}`]),
    ...(objects === 0 ? [`backup ${backup} recorded nothing of the app`] : []),
    ...missing.map((each) => `${each} is in the backup, and did not come back`),
    ...volumes.flatMap(({ claim, bytes, restored, failure }) =>
      failure !== "" || restored < bytes
        ? [`claim ${claim}: ${restored} of ${bytes} bytes${failure === "" ? "" : `: ${failure}`}`]
        : [],
    ),
  ];
}

export const drillProblems = (drill: DrillEvidence): string[] =>
  restoreProblems(drill).map((problem) => `${drill.app}, drill ${drill.restore}: ${problem}`);
