import { datesOf, type CalendarEntry } from "../config/calendar";
import type { LoadedConfig } from "../config/load";
import { kubernetesSupport } from "../config/support";
import { REVIEWED_UNTIL } from "../config/version";
import { minorOf } from "./cluster/facts";
import type { Manifest } from "./kubernetes-object";
import { CALENDAR_JOB, CALENDAR_METRIC } from "./monitoring/alerts/calendar";
import { managedLabels } from "./namespace/labels";

/** How many days ahead somebody is told, and how many ahead it is urgent. */
export const SOON_DAYS = 60;
export const URGENT_DAYS = 30;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Everything with an end that a stack has on this cluster, the first to end first. */
export function calendarOf(config: LoadedConfig, { version }: { version: string }): CalendarEntry[] {
  const minor = `1.${minorOf(version)}`;
  const supported = kubernetesSupport[minor];
  const pins = {
    what: "review of the versions that this release pins (charts.lock.json)",
    ends: REVIEWED_UNTIL,
    source: "the release",
    action: "install a newer release of the platform",
  };
  const kubernetes = {
    what: `support of Kubernetes ${minor} by its project`,
    ends: supported ?? "",
    source: "the cluster's version",
    action: "upgrade the cluster, or make sure that its provider's support lasts longer",
  };
  return [...datesOf(config), pins, ...(supported === undefined ? [] : [kubernetes])].sort(
    (one, other) => one.ends.localeCompare(other.ends) || one.what.localeCompare(other.what),
  );
}

/** Whole days from one day to another; negative when it has passed. */
export function daysUntil(ends: string, today: string): number {
  return Math.round((Date.parse(ends) - Date.parse(today)) / DAY_MS);
}

/** What ends within 60 days, as sentences for a preview. */
export function calendarNotices(entries: readonly CalendarEntry[], today: string): string[] {
  return entries.flatMap(({ what, ends, source, action }) => {
    const days = daysUntil(ends, today);
    if (days > SOON_DAYS) return [];
    const when = days < 0 ? `ended on ${ends}` : `ends on ${ends}, in ${days} days`;
    return [
      `calendar${days <= URGENT_DAYS ? " (urgent)" : ""}: the ${what} ${when} (${source}). Before that: ${action}`,
    ];
  });
}

/** Last second of a day, as Prometheus counts. */
const endOf = (day: string): number => Math.floor(Date.parse(day) / 1000) + DAY_MS / 1000 - 1;

/** The calendar as a metric: it needs no exporter, since Prometheus writes what a rule says. */
export function calendarMetric(entries: readonly CalendarEntry[], namespace: string): Manifest {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "mijnbureau-platform-calendar-dates", namespace, labels: managedLabels },
    spec: {
      groups: [
        {
          name: "mijnbureau-platform.calendar-dates",
          rules: entries.map(({ what, ends, source }) => ({
            record: CALENDAR_METRIC,
            expr: `vector(${endOf(ends)})`,
            labels: { job: CALENDAR_JOB, what, source },
          })),
        },
      ],
    },
  };
}
