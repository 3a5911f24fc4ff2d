import { z } from "zod";

/** RFC 1123 label: names of namespaces and most objects (Kubernetes, "Object Names and IDs"). */
export const dnsLabel = z
  .string()
  .max(63, "is longer than 63 characters, the limit of a DNS label")
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "is not a DNS label (lower-case letters, digits, `-`); example: mijnbureau-docs",
  );

/** RFC 1123 host name. */
export const hostname = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "is not a host name; example: mijnbureau.example.nl",
  );

/** Kubernetes resource quantity (Kubernetes API, `resource.Quantity`). */
export const quantity = z
  .string()
  .regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$/, "is not a Kubernetes quantity; examples: 500m, 4, 8Gi");

export const reason = z
  .string()
  .min(15, "is too short to explain the exception to an auditor (15 characters at least)");

export const relativeOrAbsolutePath = z
  .string()
  .min(1)
  .refine((path) => !path.includes("\0"), "is not a path");

/**
 * A day as `YYYY-MM-DD`. Pulumi's CLI reads an unquoted date in a stack file as a time and hands it on as
 * `2027-06-30 00:00:00 +0000 UTC`; the day is what was meant.
 */
export const isoDay = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/[T ]00:00:00.*$/, "") : value),
  z.iso.date('is not a date as YYYY-MM-DD, in quotes; example: "2027-06-30"'),
);
