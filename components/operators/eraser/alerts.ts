import type { AlertGroup } from "../../monitoring/alert";
import { FAILURES, IMAGES } from "./results";

/** As Alloy is scraped: an app that has a metric of this name has it in its own namespace. */
const AT = 'namespace="log-agents"';
/** In the runs of a day. */
const most = (metric: string): string => `max by (node) (max_over_time(${metric}{${AT}}[25h]))`;
const ofNode = (metric: string): string => `${metric}{${AT},node="a"}`;

export const alerts: AlertGroup = {
  name: "eraser",
  alerts: () => [
    {
      alert: "EraserFailing",
      expr:
        'sum(kube_pod_status_phase{job="kube-state-metrics",namespace="eraser-system",phase="Failed"}) > 0 ' +
        'or kube_deployment_status_replicas_available{job="kube-state-metrics",namespace="eraser-system"} == 0',
      // Failed workers are removed after an hour (operators/eraser/index.ts, `delayOnFailure`).
      for: "15m",
      severity: "warning",
      summary: "Eraser does not remove vulnerable images",
      fires: {
        series: {
          'kube_pod_status_phase{job="kube-state-metrics",namespace="eraser-system",phase="Failed",pod="a"}':
            "1x55 _x65",
        },
        at: "30m",
      },
      alsoFires: [
        {
          series: {
            'kube_deployment_status_replicas_available{job="kube-state-metrics",namespace="eraser-system"}': "0x60",
          },
          at: "30m",
        },
      ],
      quiet: {
        series: {
          'kube_pod_status_phase{job="kube-state-metrics",namespace="eraser-system",phase="Failed",pod="a"}': "0x120",
          'kube_deployment_status_replicas_available{job="kube-state-metrics",namespace="eraser-system"}': "1x120",
        },
        at: "30m",
      },
    },
    {
      alert: "EraserScannedNothing",
      // An image that fails does so under each of its names: at least once.
      expr: `${most(FAILURES)} >= on (node) ${most(IMAGES)}`,
      for: "15m",
      severity: "warning",
      summary: "Eraser could scan no image of node {{ $labels.node }}: none is removed, whatever it holds",
      // Two images with a digest and a name each.
      fires: { series: { [ofNode(IMAGES)]: "2x15", [ofNode(FAILURES)]: "4x15" }, at: "60m" },
      quiet: { series: { [ofNode(IMAGES)]: "2x15", [ofNode(FAILURES)]: "1x15" }, at: "60m" },
    },
  ],
};
