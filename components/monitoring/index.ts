import type { Manifest } from "../kubernetes-object";
import { RUNBOOKS, type AlertGroup } from "./alert";
import { commonAlerts } from "./alerts";
import { dashboardConfigMaps } from "./dashboards";
import { measuredPart, type Dashboard } from "./dashboards/dashboard";
import { overviewDashboards } from "./dashboards/suite";
import { prometheusRules } from "./rules";
import type { MetricSource } from "./sources";

/** What monitoring must know about the stack. */
export interface MonitoringFacts {
  /** What the installed operators bring. */
  readonly alerts: readonly AlertGroup[];
  readonly dashboards: readonly Dashboard[];
  /** Namespaces of the suite's apps. */
  readonly apps: readonly string[];
  readonly sources: ReadonlySet<MetricSource>;
  readonly monitoringNamespace: string;
  /** Base address of docs/runbooks, for the links in alerts; absent: the path in this repository. */
  readonly runbooks?: string | undefined;
}

/**
 * Alerts and dashboards of everything that is installed. Needs the CRDs of Prometheus' operator. The `Grafana` and the
 * data source that MijnBureau's own dashboards ask for come with operators/grafana-operator.
 */
export function monitoringObjects(facts: MonitoringFacts): Manifest[] {
  const { alerts, dashboards, apps, sources, monitoringNamespace: namespace, runbooks = RUNBOOKS } = facts;
  return [
    ...prometheusRules([...commonAlerts, ...alerts], { facts: { apps, sources }, namespace, runbooks }),
    ...dashboardConfigMaps(
      [...overviewDashboards(apps), ...dashboards].flatMap((dashboard) => measuredPart(dashboard, sources)),
      namespace,
    ),
  ];
}
