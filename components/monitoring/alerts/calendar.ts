import type { Alert, AlertGroup } from "../alert";

/** The series that `calendarMetric` has Prometheus write: the second in which something ends. */
export const CALENDAR_METRIC = "mijnbureau_calendar_end_timestamp_seconds";
/** No app can export under it (operators/prometheus/scrapes.ts, `enforcement`). */
export const CALENDAR_JOB = "mijnbureau-platform-calendar";

const days = (count: number): number => count * 24 * 60 * 60;
const series = `${CALENDAR_METRIC}{job="${CALENDAR_JOB}"}`;
const sample = (at: number) => ({ [`${CALENDAR_METRIC}{job="${CALENDAR_JOB}",what="a"}`]: `${at}x90` });

function ending(alert: string, within: number, severity: Alert["severity"]): Alert {
  return {
    alert,
    expr: `${series} - time() < ${days(within)}`,
    for: "1h",
    severity,
    summary: "The {{ $labels.what }} ends in {{ $value | humanizeDuration }} ({{ $labels.source }})",
    // Promtool's clock begins at 0.
    fires: { series: sample(days(within - 1)), at: "80m" },
    quiet: { series: sample(days(within + 1)), at: "80m" },
  };
}

/** What ends on a day: the stack's calendar. */
export const calendar: AlertGroup = {
  name: "calendar",
  alerts: () => [ending("CalendarEntryEndsSoon", 60, "warning"), ending("CalendarEntryEnds", 30, "critical")],
};
