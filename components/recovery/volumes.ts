import { z } from "zod";
import { at, type KubeObject } from "../../lib/kube/client";
import { explainFailure } from "./failures";

/** What came back of a claim's data, beside what the backup recorded of it. */
export interface VolumeEvidence {
  readonly claim: string;
  readonly bytes: number;
  readonly restored: number;
  /** Whether the backup has it: what it has not, no restore can bring. */
  readonly saved: boolean;
  /** Why it did not come; empty where it did. */
  readonly failure: string;
}

const size = z.object({ size: z.number().default(0) });

/** A volume as a backup records it (velero v1.18.3, internal/volume/volumes_information.go, BackupVolumeInfo). */
export const savedVolumes = z
  .array(
    z.object({
      pvcName: z.string().default(""),
      pvcNamespace: z.string().default(""),
      skipped: z.boolean().default(false),
      skippedReason: z.string().default(""),
      result: z.string().default(""),
      snapshotDataMovementInfo: size.optional(),
      pvbInfo: size.extend({ podName: z.string(), volumeName: z.string() }).optional(),
    }),
  )
  .nullable()
  .transform((all) => all ?? []);
export type SavedVolume = z.infer<typeof savedVolumes>[number];

/** Of a namespace's claims, as a backup holds them, whether the data of each was saved, and came back whole. */
export function compareVolumes(
  contents: readonly KubeObject[],
  saved: readonly SavedVolume[],
  /** DataDownloads and PodVolumeRestores of the restore. */
  restores: readonly KubeObject[],
): VolumeEvidence[] {
  return claimsWithData(contents).map((claim) => {
    const own = saved.filter(({ pvcName }) => pvcName === claim);
    const volume = own.find(({ skipped }) => !skipped) ?? own[0];
    const bytes = volume?.snapshotDataMovementInfo?.size ?? volume?.pvbInfo?.size ?? 0;
    const missing = notSaved(volume);
    if (missing !== undefined) return { claim, bytes, restored: 0, saved: false, failure: missing };
    const restore = restores.find((each) => isOf(each, claim, volume));
    const [phase, message] = ["phase", "message"].map((key) =>
      z
        .string()
        .catch("")
        .parse(at(restore, "status", key)),
    );
    return {
      ...{ claim, bytes, saved: true, restored: Number(at(restore, "status", "progress", "bytesDone") ?? 0) },
      failure:
        restore === undefined
          ? "the restore brought none of its data"
          : phase === "Completed"
            ? ""
            : `${phase ?? ""}, ${explainFailure(message ?? "")}`,
    };
  });
}

/** One that was never bound has no volume. */
export const claimsWithData = (contents: readonly KubeObject[]): string[] =>
  contents
    .filter(({ kind, ...claim }) => kind === "PersistentVolumeClaim" && at(claim, "status", "phase") === "Bound")
    .map(({ metadata }) => metadata.name ?? "");

/** Claims of which a backup has no data, with why. */
export function unsavedClaims(
  contents: readonly KubeObject[],
  saved: readonly SavedVolume[],
): { readonly claim: string; readonly failure: string }[] {
  return compareVolumes(contents, saved, []).filter((each) => !each.saved);
}

function notSaved(volume: SavedVolume | undefined): string | undefined {
  if (volume === undefined) return "the backup has the claim, and none of its data";
  if (volume.skipped) return `the backup left its data out: ${volume.skippedReason}`;
  if (volume.result !== "succeeded") return "its data was not saved whole";
  return volume.snapshotDataMovementInfo === undefined && volume.pvbInfo === undefined
    ? "its data is in a snapshot of the cluster's own storage, and not in the backup's store"
    : undefined;
}

/** A claim's data comes back by its name, or as files by the pod that it was read in. */
function isOf({ kind, ...restore }: KubeObject, claim: string, volume: SavedVolume | undefined): boolean {
  return kind === "DataDownload"
    ? at(restore, "spec", "targetVolume", "pvc") === claim
    : at(restore, "spec", "pod", "name") === volume?.pvbInfo?.podName &&
        at(restore, "spec", "volume") === volume?.pvbInfo?.volumeName;
}
