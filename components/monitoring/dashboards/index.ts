import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { grafanaModel, type Dashboard } from "./dashboard";

/** Dashboards as ConfigMaps that the sidecar of Grafana finds by their label (kube-prometheus-stack, `grafana.sidecar.dashboards`). */
export function dashboardConfigMaps(dashboards: readonly Dashboard[], namespace: string): Manifest[] {
  return dashboards.map((dashboard) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `dashboard-mijnbureau-${dashboard.name}`,
      namespace,
      labels: { ...managedLabels, grafana_dashboard: "1" },
    },
    data: { [`mijnbureau-${dashboard.name}.json`]: JSON.stringify(grafanaModel(dashboard), undefined, 2) },
  }));
}
