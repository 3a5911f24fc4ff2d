import type { ResourceMetric } from "./resource-metrics";

/** What `mijnbureau backup locks --record` writes on each object that stands for a bucket. */
export const lockAnnotation = {
  checked: "mijnbureau-platform/locks-checked",
  locked: "mijnbureau-platform/blocks-locked",
  unlocked: "mijnbureau-platform/blocks-unlocked",
  soonest: "mijnbureau-platform/locks-soonest-end",
} as const;

const annotation = (name: string): readonly string[] => ["metadata", "annotations", name];

export const lockMetrics: readonly ResourceMetric[] = [
  {
    name: "created",
    help: "When the object that stands for the bucket was made.",
    path: ["metadata", "creationTimestamp"],
  },
  {
    name: "locks_checked",
    help: "When the locks of the bucket's blocks were last looked at and renewed.",
    path: annotation(lockAnnotation.checked),
  },
  { name: "blocks_locked", help: "Blocks of kept backups under a lock.", path: annotation(lockAnnotation.locked) },
  {
    name: "blocks_unlocked",
    help: "Blocks of kept backups without a lock that lasts.",
    path: annotation(lockAnnotation.unlocked),
  },
];

const DAY = 86_400;

/**
 * Nobody has looked for two days, or never did, or found some without a lock. `prefix` is that of the metrics; `where` what
 * tells their series apart.
 */
export function locksNeglected(prefix: string, where: readonly string[], selector: string): string {
  const series = (name: string): string => `${prefix}_${name}{${selector}}`;
  return (
    `(time() - ${series("created")} > ${2 * DAY}) ` +
    `unless on (${where.join(", ")}) (${series("locks_checked")} > time() - ${2 * DAY}) ` +
    `or ${series("blocks_unlocked")} > 0`
  );
}
