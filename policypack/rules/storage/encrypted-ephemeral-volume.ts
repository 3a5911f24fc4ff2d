import { rule } from "../../engine/rule";
import { claimEncrypts, classesKnown, encryptedClasses } from "./_classes";

/** Volumes that live as long as their pod are of a class that encrypts as well. */
export const encryptedEphemeralVolume = rule({
  id: "storage/encrypted-ephemeral-volume",
  severity: "medium",
  title: "Volumes that are made with a pod are of a class that encrypts",
  why: "What a pod writes to a volume of its own stays on the disk when the pod is gone, for whoever gets the disk or a snapshot of it.",
  standards: { iso27002: ["8.24", "7.14", "8.10"] },
  levels: { baseline: "off", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  parameters: encryptedClasses,
  when: classesKnown,
  valid: `pod.spec.?volumes.orValue([]).all(v, !v.?ephemeral.hasValue() ||
    ${claimEncrypts("v.?ephemeral.?volumeClaimTemplate")})`,
  message: "has an ephemeral volume of a storage class that is not known to encrypt",
  field: "volumes",
  remedy:
    "Set storageClassName in the volume's volumeClaimTemplate to one of the encrypted classes, or add the class to the parameter classes of this rule.",
});
