import { z } from "zod";

/** Which classes encrypt only the operator of the cluster knows: without `classes` nothing is judged. */
export const encryptedClasses = z.strictObject({ classes: z.array(z.string()).default([]) });

/** CEL: whether any class is known to encrypt. */
export const classesKnown = "params.classes.size() > 0";

/** CEL: whether a class, empty for the cluster's default one, is known to encrypt. */
export const encrypts = (name: string): string => `params.classes.exists(known, known == ${name})`;

/** CEL: the class that an optional specification of a claim names. */
export const classOf = (claim: string): string => `${claim}.?storageClassName.orValue("")`;
