/** Objects by kind (`apps/v1/Deployment`), as Velero lists them of a backup and, with what became of each, of a restore. */
export type ResourceList = Readonly<Record<string, readonly string[]>>;

/** What one drill showed: a line of the evidence. */
export interface DrillEvidence {
  readonly stack: string;
  readonly app: string;
  readonly restore: string;
  readonly backup: string;
  readonly phase: string;
  /** Objects of the backup that a drill brings back. */
  readonly objects: number;
  readonly missing: readonly string[];
  readonly volumes: readonly { readonly claim: string; readonly bytes: number; readonly restored: number }[];
  readonly recoveryPointSeconds: number;
  readonly recoveryTimeSeconds: number;
}

export interface Compared {
  readonly namespace: string;
  readonly to: string;
  /** Kinds that stay out, as Velero is told them: `networkpolicies.networking.k8s.io`. */
  readonly without: readonly string[];
}

/** Plural of a kind, as resources are called. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name === "endpoints") return name;
  if (name.endsWith("y")) return `${name.slice(0, -1)}ies`;
  return name.endsWith("s") ? `${name}es` : `${name}s`;
}

/** `networkpolicies.networking.k8s.io` of `networking.k8s.io/v1/NetworkPolicy`; `secrets` of `v1/Secret`. */
function resourceOf(key: string): string {
  const parts = key.split("/");
  const kind = parts.at(-1) ?? "";
  return parts.length === 3 ? `${pluralOf(kind)}.${parts[0] ?? ""}` : pluralOf(kind);
}

/** Of what a backup recorded of a namespace, everything and what the restore did not bring. */
export function compareLists(
  backup: ResourceList,
  restored: ResourceList,
  { namespace, to, without }: Compared,
): { readonly objects: number; readonly missing: string[] } {
  const wanted = Object.entries(backup)
    .filter(([key]) => !without.includes(resourceOf(key)))
    .flatMap(([key, names]) =>
      names
        .filter((name) => name.startsWith(`${namespace}/`))
        .map((name) => [key, name.slice(namespace.length + 1)] as const),
    );
  const isThere = ([key, name]: readonly [string, string]): boolean =>
    // What stood there already is skipped: the default account, the cluster's authority.
    (restored[key] ?? []).some((entry) => /^(.*)\((created|updated|skipped)\)$/.exec(entry)?.[1] === `${to}/${name}`);
  return {
    objects: wanted.length,
    missing: wanted.filter((each) => !isThere(each)).map(([key, name]) => `${key} ${name}`),
  };
}

/** What is wrong with a drill, in sentences; none: everything came back. */
export function drillProblems({ app, restore, phase, objects, missing, volumes }: DrillEvidence): string[] {
  const said = (text: string): string => `${app}, drill ${restore}: ${text}`;
  return [
    ...(phase === "Completed" ? [] : [said(`the restore is ${phase}`)]),
    ...(objects === 0 ? [said("the backup recorded nothing of the app")] : []),
    ...missing.map((each) => said(`${each} is in the backup, and did not come back`)),
    ...volumes
      .filter(({ bytes, restored }) => restored < bytes)
      .map(({ claim, bytes, restored }) => said(`claim ${claim}: ${restored} of ${bytes} bytes`)),
  ];
}
