import { z } from "zod";
import lockFile from "../../charts.lock.json";

const lockedChartSchema = z
  .strictObject({
    /** Chart version, exactly as the repository writes it (cert-manager's has a leading `v`). */
    version: z.string().min(1),
    appVersion: z.string().min(1),
    /** Chart repository with an index.yaml; absent where the project publishes none. */
    repo: z.url({ protocol: /^https$/ }).optional(),
    /** Where upstream serves the package: an archive over https, or an OCI repository. */
    url: z.string().regex(/^(https|oci):\/\//, "is neither https:// nor oci://"),
    /** Digest of the package (.tgz). */
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "is not sha256: and 64 hexadecimal digits")
      .optional(),
    /** Why the digest is not the one that upstream's own index gives. Absent: it is. */
    unverified: z.string().min(1).optional(),
  })
  .refine((chart) => chart.digest !== undefined || chart.unverified !== undefined, {
    message: "has neither a digest nor a reason in `unverified`",
  });

const lockSchema = z.strictObject({ charts: z.record(z.string(), lockedChartSchema) });

/** A pinned chart: what is installed, where it is published, and the digest that its package must have. */
export type LockedChart = z.infer<typeof lockedChartSchema> & { readonly name: string };

/**
 * Reads the content of a charts.lock.json.
 *
 * @throws an Error that names every wrong field.
 */
export function parseLock(content: unknown): ReadonlyMap<string, LockedChart> {
  const parsed = lockSchema.safeParse(content);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  - ${issue.path.map(String).join(".")}: ${issue.message}`);
    throw new Error(`charts.lock.json has problems:\n${problems.join("\n")}`);
  }
  return new Map(Object.entries(parsed.data.charts).map(([name, chart]) => [name, { name, ...chart }]));
}

/** Every pinned chart of the platform, by name. */
export const chartLock: ReadonlyMap<string, LockedChart> = parseLock(lockFile);

/**
 * The pinned chart of that name.
 *
 * @throws if charts.lock.json has none.
 */
export function lockedChart(name: string, lock: ReadonlyMap<string, LockedChart> = chartLock): LockedChart {
  const chart = lock.get(name);
  if (chart === undefined) {
    throw new Error(`chart "${name}": not in charts.lock.json; it has ${[...lock.keys()].sort().join(", ")}`);
  }
  return chart;
}

/** Whether the lock holds the digest that upstream itself publishes. */
export function hasUpstreamDigest(chart: LockedChart): boolean {
  return chart.digest !== undefined && chart.unverified === undefined;
}
