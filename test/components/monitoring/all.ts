import type { AlertGroup } from "../../../components/monitoring/alert";
import { commonAlerts } from "../../../components/monitoring/alerts";
import type { Dashboard } from "../../../components/monitoring/dashboards/dashboard";
import { overviewDashboards } from "../../../components/monitoring/dashboards/suite";
import { scanOperators } from "../../../components/operators/frame/registry";

/** What an operator brings to monitoring; nothing for a name that is no operator's. */
export function broughtBy(...names: readonly string[]): {
  readonly alerts: readonly AlertGroup[];
  readonly dashboards: readonly Dashboard[];
} {
  const operators = scanOperators().filter(({ name }) => names.includes(name));
  return {
    alerts: operators.flatMap(({ alerts }) => alerts),
    dashboards: operators.flatMap(({ dashboards }) => dashboards),
  };
}

const all = broughtBy(...scanOperators().map(({ name }) => name));

/** Every group of alerts, whatever a stack installs. */
export const alertGroups: readonly AlertGroup[] = [...commonAlerts, ...all.alerts];

/** Every dashboard of a suite with these namespaces. */
export const allDashboards = (apps: readonly string[]): readonly Dashboard[] => [
  ...overviewDashboards(apps),
  ...all.dashboards,
];
