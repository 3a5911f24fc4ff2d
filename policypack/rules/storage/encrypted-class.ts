import { rule } from "../../engine/rule";
import { claimEncrypts, classesKnown, classOf, encryptedClasses, encrypts } from "./_classes";

/** CEL: whether an optional template of a claim is absent or of a class that encrypts. */
const claimTemplate = (template: string): string => `(!${template}.hasValue() || ${claimEncrypts(template)})`;

/**
 * CEL: whether a `storage` of CloudNativePG is of a class that encrypts. It names the class itself or in its template of
 * a claim; its own name wins (CloudNativePG API reference, StorageConfiguration).
 */
const postgresStorage = (storage: string): string =>
  encrypts(`${storage}.?storageClass.orValue(${classOf(`${storage}.?pvcTemplate`)})`);

/** Volumes are of a class that encrypts, whoever makes the claim: a manifest, a StatefulSet, or an operator. */
export const encryptedClass = rule({
  id: "storage/encrypted-class",
  severity: "high",
  title: "Volumes are of a class that encrypts",
  why: "What is written to a disk that is not encrypted is read by whoever gets the disk, a snapshot or a backup of it.",
  standards: { iso27002: ["8.24", "7.14", "5.34"] },
  levels: { baseline: "off", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: [
    "PersistentVolumeClaim",
    "apps/StatefulSet",
    "monitoring.coreos.com/Alertmanager",
    "monitoring.coreos.com/Prometheus",
    "monitoring.coreos.com/PrometheusAgent",
    "monitoring.coreos.com/ThanosRuler",
    "postgresql.cnpg.io/Cluster",
  ],
  parameters: encryptedClasses,
  when: classesKnown,
  valid: `object.kind == "PersistentVolumeClaim" ? ${claimEncrypts("object")} :
object.kind == "StatefulSet" ? object.spec.?volumeClaimTemplates.orValue([]).all(claim, ${claimEncrypts("claim")}) :
object.kind == "Cluster" ? ${postgresStorage("object.spec.?storage")} &&
  (!has(object.spec.walStorage) || ${postgresStorage("object.spec.?walStorage")}) &&
  object.spec.?tablespaces.orValue([]).all(t, ${postgresStorage("t.?storage")}) :
${claimTemplate("object.spec.?storage.?volumeClaimTemplate")} && ${claimTemplate("object.spec.?storage.?ephemeral.?volumeClaimTemplate")}`,
  message: "asks for a volume of a storage class that is not known to encrypt",
  field: "spec",
  remedy:
    "Set storageClassName to one of the encrypted classes, or add the class to the parameter classes of this rule.",
});
