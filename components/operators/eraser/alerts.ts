import type { AlertGroup } from "../../monitoring/alert";

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
      quiet: {
        series: {
          'kube_pod_status_phase{job="kube-state-metrics",namespace="eraser-system",phase="Failed",pod="a"}': "0x120",
          'kube_deployment_status_replicas_available{job="kube-state-metrics",namespace="eraser-system"}': "1x120",
        },
        at: "30m",
      },
    },
  ],
};
