import type { Manifest } from "../kubernetes-object";
import { RUNBOOKS } from "./alert";
import { alertGroups } from "./alerts";
import { dashboardConfigMaps, dashboardsFor } from "./dashboards";
import { groupsFor, prometheusRules } from "./rules";

/** What monitoring must know about the stack. */
export interface MonitoringFacts {
  /** Names of the installed operators. */
  readonly operators: readonly string[];
  /** Namespaces of the suite's apps. */
  readonly apps: readonly string[];
  readonly monitoringNamespace: string;
  /** Base address of docs/runbooks, for the links in alerts; absent: the path in this repository. */
  readonly runbooks?: string | undefined;
}

/**
 * Alerts and dashboards of everything that is installed. Needs the CRDs of Prometheus' operator. The `Grafana` and the
 * data source that MijnBureau's own dashboards ask for come with operators/grafana-operator.
 */
export function monitoringObjects(facts: MonitoringFacts): Manifest[] {
  const { operators, apps, monitoringNamespace: namespace, runbooks = RUNBOOKS } = facts;
  return [
    ...prometheusRules(groupsFor(alertGroups, operators), { facts: { apps }, namespace, runbooks }),
    ...dashboardConfigMaps(dashboardsFor(operators, apps), namespace),
  ];
}
