import type { Mutation } from "./mutation";

/**
 * Grafana keeps dashboards by their uid, and the operator overwrites what is there under it: the dashboard of another app, if
 * the JSON says so. `spec.uid` wins over the JSON (Grafana operator, API reference, GrafanaDashboardSpec).
 */
export const dashboardMutation: Mutation = {
  name: "dashboard-uid",
  title: "A dashboard of an app overwrites no other",
  resources: {
    apiGroups: ["grafana.integreatly.org"],
    apiVersions: ["v1beta1"],
    // The field cannot be changed afterwards.
    operations: ["CREATE"],
    resources: ["grafanadashboards"],
  },
  conditions: [{ name: "another", expression: "object.?spec.?uid.orValue('') != object.metadata.uid" }],
  patch: "[JSONPatch{op: 'add', path: '/spec/uid', value: object.metadata.uid}]",
};
