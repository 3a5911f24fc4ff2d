import { z } from "zod";
import { rule } from "../../engine/rule";

/** Volumes are of a class that encrypts. Which classes do only the operator of the cluster knows: without `classes` nothing is judged. */
export const encryptedClass = rule({
  id: "storage/encrypted-class",
  severity: "high",
  title: "Volumes are of a class that encrypts",
  why: "What is written to a disk that is not encrypted is read by whoever gets the disk, a snapshot or a backup of it.",
  standards: { bio: ["8.24", "7.14", "5.34"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: ["PersistentVolumeClaim"],
  parameters: z.strictObject({ classes: z.array(z.string()).default([]) }),
  when: `params.classes.size() > 0`,
  valid: `params.classes.exists(c, c == object.spec.?storageClassName.orValue(""))`,
  message: "is of a storage class that is not known to encrypt",
  field: "spec.storageClassName",
  remedy:
    "Set storageClassName to one of the encrypted classes, or add the class to the parameter classes of this rule.",
});
