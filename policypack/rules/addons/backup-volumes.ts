import { rule } from "../../engine/rule";
import { savesVolumes } from "./_backup";

/** Backup schedules take the volumes along: as snapshots, which is Velero's default, or as files. */
export const backupVolumes = rule({
  id: "addons/backup-volumes",
  severity: "high",
  title: "Backup schedules take the volumes along",
  why: "Without the volumes a restore brings back every object and none of the data.",
  standards: { iso27002: ["8.13"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["velero.io/Schedule"],
  valid: savesVolumes,
  message: "leaves the volumes out",
  field: "spec.template",
  remedy:
    "Leave snapshotVolumes on or set defaultVolumesToFsBackup, include the claims, and exclude neither claims nor volumes.",
});
