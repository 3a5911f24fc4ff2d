import { z } from "zod";

/** Which classes encrypt only the operator of the cluster knows: without `classes` nothing is judged. */
export const encryptedClasses = z.strictObject({ classes: z.array(z.string()).default([]) });

/** CEL: whether any class is known to encrypt. */
export const classesKnown = "params.classes.size() > 0";

/** CEL: whether a class, empty for the cluster's default one, is known to encrypt. */
export const encrypts = (name: string): string => `params.classes.exists(known, known == ${name})`;

/** CEL: the class that an optional specification of a claim names. */
export const classOf = (claim: string): string => `${claim}.?storageClassName.orValue("")`;

/**
 * CEL: whether a claim, or the template of one, is of a class that is known to encrypt. The old annotation wins over the
 * specification (k8s.io/component-helpers, storage/volume, GetPersistentVolumeClaimClass).
 */
export const claimEncrypts = (claim: string): string =>
  encrypts(
    `${claim}.?metadata.?annotations[?"volume.beta.kubernetes.io/storage-class"].orValue(${classOf(`${claim}.?spec`)})`,
  );
