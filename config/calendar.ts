import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { isoDay } from "./fields";
import type { PolicySettings } from "./policies";
import { REVIEWED_UNTIL } from "./version";

/** Something outside the program that ends on a day. */
export const calendarSetting = z.strictObject({
  what: z
    .string()
    .min(3)
    .describe("What ends: a key of the object store, the token of the secret store, the lock of a bucket, a contract."),
  ends: isoDay.describe("The last day it holds (UTC)."),
  action: z.string().min(10, "is too short to act on").describe("What to do before that day, and who does it."),
});

/** Something with an end. */
export interface CalendarEntry {
  readonly what: string;
  /** The last day it holds, as YYYY-MM-DD. */
  readonly ends: string;
  /** Where the date is written: a key of the stack file, or what shows it. */
  readonly source: string;
  readonly action: string;
}

interface Dated {
  readonly calendar: readonly z.infer<typeof calendarSetting>[];
  readonly operatorExemptions: { readonly expires?: string | undefined };
  readonly policies: PolicySettings;
  readonly operators: Readonly<Record<string, unknown>>;
}

/** Until when the stack's platform exemptions hold: as long as the release answers for them, or as the stack says itself. */
export const exemptionsEnd = ({ operatorExemptions }: Pick<Dated, "operatorExemptions">): string =>
  operatorExemptions.expires ?? REVIEWED_UNTIL;

/** Everything in a stack's configuration that ends on a day, certificates in its texts included. */
export function datesOf(config: Dated): CalendarEntry[] {
  const { operatorExemptions, policies, calendar } = config;
  return [
    {
      what: "exemptions of the platform's own objects",
      ends: exemptionsEnd(config),
      source: "operatorExemptions.expires",
      action:
        operatorExemptions.expires === undefined
          ? `install a newer release of the platform, which renews them (this one answers for them until ${REVIEWED_UNTIL})`
          : "review them and set a later day, or remove the key: each release renews them",
    },
    ...policies.exemptions.map(({ rule, target, owner, expires }, index) => ({
      what: `exemption of ${rule} for ${Object.values(target).join(" ")}`,
      ends: expires,
      source: `policies.exemptions.${index}.expires`,
      action: `repair the object and remove the exemption, or agree with ${owner} on a later day`,
    })),

    ...exceptionsIn(config.operators, ["operators"]),
    ...calendar.map(({ what, ends, action }, index) => ({ what, ends, source: `calendar.${index}.ends`, action })),
    ...certificatesIn(config, []),
  ];
}

const exception = z.looseObject({ rule: z.string(), owner: z.string(), expires: isoDay });

/** What operators' settings except from a rule until a day, however deep. */
function exceptionsIn(value: unknown, path: readonly string[]): CalendarEntry[] {
  if (typeof value !== "object" || value === null) return [];
  const found = exception.safeParse(value);
  if (!found.success) return Object.entries(value).flatMap(([key, inner]) => exceptionsIn(inner, [...path, key]));
  const { rule, owner, expires } = found.data;
  return [
    {
      what: `exception to "${rule}"`,
      ends: expires,
      source: [...path, "expires"].join("."),
      action: `repair what fires and remove the exception, or agree with ${owner} on a later day`,
    },
  ];
}

/** The dates that have passed, as sentences that begin with the key. */
export function pastDates(config: Dated, today: string): string[] {
  return datesOf(config)
    .filter(({ ends }) => ends < today)
    .map(
      ({ what, ends, source, action }) =>
        `${source}: "${ends}" is past, and with it the ${what} ended. To go on: ${action}`,
    );
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Certificates in PEM form, in whatever text of the configuration. */
function certificatesIn(value: unknown, path: readonly string[]): CalendarEntry[] {
  if (typeof value === "string") {
    return [...value.matchAll(PEM)].flatMap(([pem]) => {
      const certificate = parsed(pem);
      if (certificate === undefined) return [];
      return [
        {
          what: `certificate ${certificate.subject.replaceAll("\n", ", ")}`,
          ends: dayOf(new Date(certificate.validTo)),
          source: path.join("."),
          action: "ask its issuer for the next one, and add that beside it before it ends",
        },
      ];
    });
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => certificatesIn(inner, [...path, key]));
}

/** Whether a text is certificates in PEM form and nothing else. */
export function isCertificateBundle(text: string): boolean {
  const found = [...text.matchAll(PEM)].map(([pem]) => parsed(pem));
  return found.length > 0 && !found.includes(undefined) && text.replaceAll(PEM, "").trim() === "";
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined; // whoever reads the key says what is wrong with it
  }
}

/** The day of a moment (UTC), as YYYY-MM-DD. */
export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);
