import { ageHours, coverage, type Copy, type CoverageRow } from "../../components/recovery/coverage";
import type { LoadedConfig } from "../../config/load";
import type { KubeClient } from "../../lib/kube/client";
import { archiveCopies, goodCopies } from "./velero";

/** A place where data lies, with the ages of its copies where the cluster was asked. */
export interface CoveredPlace extends CoverageRow {
  readonly ageHours?: number | undefined;
  readonly secondAgeHours?: number | undefined;
}

/** Where data lies and what saves it; absent copies: the cluster was not asked. */
export function coveredPlaces(config: LoadedConfig, copies: readonly Copy[] | undefined, now: Date): CoveredPlace[] {
  return coverage(config).map((row) =>
    copies === undefined || row.copiesAt === undefined
      ? row
      : {
          ...row,
          ageHours: ageHours(row, copies, row.copiesAt, now),
          ...(row.secondCopy === undefined ? {} : { secondAgeHours: ageHours(row, copies, "secondary", now) }),
        },
  );
}

/** A cluster that does not answer leaves the ages out: what is configured is worth knowing all the same. */
export async function copiesOn(client: KubeClient): Promise<readonly Copy[] | string> {
  try {
    return [...(await goodCopies(client)), ...(await archiveCopies(client))];
  } catch (error) {
    return `ages are left out: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The age of the last copy, in words; undefined: not asked, or nothing of ours saves it. */
export function ageText(place: CoveredPlace, which: "ageHours" | "secondAgeHours"): string | undefined {
  if (!(which in place)) return undefined;
  const hours = place[which];
  return hours === undefined ? "none" : `${hours.toFixed(1)} h old`;
}
