import { measured, type MetricSource } from "./sources";

/** How loud: `critical` wakes somebody, `warning` is for working hours, `info` is only shown (see operators/prometheus). */
export type Severity = "critical" | "warning" | "info";

/** Series in promtool's notation: `{ 'up{job="x"}': "1x60" }`, one sample a minute. */
export type Series = Readonly<Record<string, string>>;

/** One case of an alert: the series that come in, and when it is looked at. */
export interface AlertCase {
  readonly series: Series;
  /** Promtool duration since the start. */
  readonly at: string;
}

/** An alert of Prometheus as data, with the proof that it fires and that it keeps quiet. */
export interface Alert {
  /** UpperCamelCase; its runbook is the page of the same name in kebab-case. */
  readonly alert: string;
  /**
   * Every selector names the job or the namespace of its series: an app may export any name and any other label, but not
   * as a job or from a namespace of the platform (operators/prometheus/scrapes.ts, `enforcement`).
   */
  readonly expr: string;
  readonly for?: string;
  readonly severity: Severity;
  /** One line; may use `{{ $labels.x }}`. */
  readonly summary: string;
  readonly fires: AlertCase;
  /** Further cases, where the expression is one of several queries. */
  readonly alsoFires?: readonly AlertCase[];
  readonly quiet: AlertCase;
}

/** One of the queries that an alert fires on, with a case of its own. */
interface AlertQuery {
  readonly expr: string;
  readonly fires: AlertCase;
}

/** What alerts must know about the stack. */
export interface AlertFacts {
  /** Namespaces of the suite's apps. */
  readonly apps: readonly string[];
  /** What the stack has of what not every stack has. */
  readonly sources: ReadonlySet<MetricSource>;
}

export interface AlertGroup {
  readonly name: string;
  alerts(facts: AlertFacts): readonly Alert[];
}

/** An alert on any of these, of what the stack measures; none where it measures nothing of it. */
export function onAny(
  sources: ReadonlySet<MetricSource>,
  { queries, ...rest }: Omit<Alert, "expr" | "fires" | "alsoFires"> & { readonly queries: readonly AlertQuery[] },
): Alert[] {
  const [first, ...others] = queries.filter(({ expr }) => measured(expr, sources));
  if (first === undefined) return [];
  const expr = [first, ...others].map((query) => query.expr).join(" or ");
  return [{ ...rest, expr, fires: first.fires, alsoFires: others.map(({ fires }) => fires) }];
}

/** The alerts of a group whose series the stack has a source for. */
export const alertsOf = (group: AlertGroup, facts: AlertFacts): Alert[] =>
  group.alerts(facts).filter(({ expr }) => measured(expr, facts.sources));

/** A label matcher value for these namespaces; without any it matches nothing. */
export function anyOf(namespaces: readonly string[]): string {
  return namespaces.length === 0 ? "none" : [...namespaces].sort().join("|");
}

/** Where runbooks are when nothing else is configured: in the repository itself. */
export const RUNBOOKS = "docs/runbooks";

/** The annotation with which an alert, whoever evaluates it, leads to its runbook. */
export function runbookLink(alert: string, base: string): { readonly runbook_url: string } {
  return { runbook_url: `${base.replace(/\/$/, "")}/${runbookPage(alert)}.md` };
}

/** Name of the runbook page of an alert: `BackupTooOld` is `backup-too-old`. */
export function runbookPage(alert: string): string {
  return alert
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
