import { rule } from "../../engine/rule";

/** Claims name their storage class, those of a StatefulSet too. */
export const storageClass = rule({
  id: "availability/storage-class",
  severity: "low",
  title: "Claims name their storage class",
  why: "Whether data is encrypted, copied to another zone or kept after deletion is decided by the class; the default one differs between clusters and can change.",
  standards: { iso27002: ["8.24", "8.9"], gatekeeper: ["storageclass"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "object",
  kinds: ["PersistentVolumeClaim", "apps/StatefulSet"],
  valid: `object.kind == "StatefulSet" ?
  object.spec.?volumeClaimTemplates.orValue([]).all(claim, claim.?spec.?storageClassName.orValue("") != "") :
  object.spec.?storageClassName.orValue("") != "" || object.spec.?volumeName.orValue("") != ""`,
  message: "takes whatever storage class is the default",
  field: "spec",
  remedy: "Set storageClassName, in a StatefulSet in each of its volumeClaimTemplates.",
});
