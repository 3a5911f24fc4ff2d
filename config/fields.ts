import { z } from "zod";
import { canonicalCidr } from "../lib/cidr";
import { appKeys } from "../suite/apps";

const NOT_LABEL = "is not a DNS label (lower-case letters, digits, `-`); example: mijnbureau-docs";
const NOT_HOST = "is not a host name; example: mijnbureau.example.nl";
const NOT_CIDR = "is not a CIDR; examples: 10.20.0.0/16, fd00:20::/48";
const NOT_LABEL_VALUE = "is not a label's value (letters, digits, `-`, `_` and `.`); example: platform-team";
const NOT_BUCKET =
  "is not the name of a bucket (3 to 63 lower-case letters, digits, `-` and `.`); example: mijnbureau-logs";

/** RFC 1123 label: names of namespaces and most objects (Kubernetes, "Object Names and IDs"). */
export const dnsLabel = z
  .string(NOT_LABEL)
  .max(63, "is longer than 63 characters, the limit of a DNS label")
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, NOT_LABEL);

/** RFC 1123 host name. */
export const hostname = z
  .string(NOT_HOST)
  .max(253, "is longer than 253 characters, the limit of a host name")
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, NOT_HOST);

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

/** A range in its one canonical spelling: the API server warns about any other, and `except` must match it. */
export const cidr = z.string(NOT_CIDR).superRefine((text, ctx) => {
  const canonical = canonicalCidr(text);
  if (canonical === text) return;
  const message = canonical === undefined ? NOT_CIDR : `is not the CIDR's canonical spelling; write ${canonical}`;
  ctx.addIssue({ code: "custom", message });
});

/** Address ranges of container registries. */
export const registryCidrs = z.array(cidr).default([]);

/** Value of a label (Kubernetes, "Labels and Selectors", syntax and character set). */
export const labelValue = z
  .string(NOT_LABEL_VALUE)
  .max(63, "is longer than 63 characters, the limit of a label's value")
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, NOT_LABEL_VALUE);

const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Labels that select something. */
export const labels = z.record(z.string(), labelValue).superRefine((value, ctx) => {
  for (const key of Object.keys(value).filter((name) => !LABEL_KEY.test(name))) {
    ctx.addIssue({ code: "custom", path: [key], message: "is not a label's key; example: app.kubernetes.io/name" });
  }
});

/** A value for some of the apps, by their keys. */
export function perApp<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value).superRefine((given, ctx) => {
    for (const key of Object.keys(given).filter((name) => !appKeys.some((app) => app === name))) {
      ctx.addIssue({ code: "custom", path: [key], message: `is for no app; write one of ${appKeys.join(", ")}` });
    }
  });
}

/** An address that is only ever used with TLS. */
export const httpsUrl = z.url({
  protocol: /^https$/,
  error: "is not an https URL; example: https://service.example.nl",
});

/** Name of a bucket that every object store accepts (Amazon S3, "General purpose bucket naming rules"). */
export const bucketName = z.string(NOT_BUCKET).regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, NOT_BUCKET);

const CRON_LIMITS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

function isCron(text: string): boolean {
  const fields = text.split(" ");
  return (
    fields.length === CRON_LIMITS.length &&
    CRON_LIMITS.every(([least, most], index) => isCronField(fields[index] ?? "", least, most))
  );
}

function isCronField(field: string, least: number, most: number): boolean {
  return field.split(",").every((part) => {
    const { from, to, step } = partOf(part);
    if (from === undefined || step === "0") return false;
    if (from === "*") return to === undefined;
    const [first, last] = [Number(from), Number(to ?? from)];
    return least <= first && first <= last && last <= most;
  });
}

/** `from`, `from-to`, `from/step` or `from-to/step`; nothing of what is none of these. */
function partOf(part: string): { readonly from?: string; readonly to?: string; readonly step?: string } {
  return /^(?<from>\*|\d+)(-(?<to>\d+))?(\/(?<step>\d+))?$/.exec(part)?.groups ?? {};
}

/** A schedule in the five fields of cron, in numbers. */
export const cron = z
  .string()
  .refine(isCron, 'is not a schedule of cron (minute, hour, day, month, weekday, in numbers); example: "23 2 * * *"');

/** The most times that a schedule of cron begins in one day. */
export function timesADay(schedule: string): number {
  const fields = schedule.split(" ");
  const [minutes = 1, hours = 1] = CRON_LIMITS.map(([least, most], index) => timesOf(fields[index] ?? "", least, most));
  return minutes * hours;
}

function timesOf(field: string, least: number, most: number): number {
  const times = field.split(",").flatMap((part) => {
    const { from, to, step } = partOf(part);
    const first = from === "*" ? least : Number(from);
    // With a step alone, or of all, it goes to the end.
    const last = Number(to ?? (from === "*" || step !== undefined ? most : first));
    const every = Number(step ?? 1);
    return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, index) => first + index * every);
  });
  return new Set(times).size;
}

const NOT_DEVICE = "is not a device with its domain or a size of huge pages; examples: nvidia.com/gpu, hugepages-2Mi";

/** An extended resource or huge pages (Kubernetes, "Resource Management for Pods and Containers"). */
export const deviceName = z
  .string()
  .regex(
    /^(hugepages-\d+(Ki|Mi|Gi)|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/,
    NOT_DEVICE,
  );
