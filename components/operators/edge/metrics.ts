import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Flow } from "../../../suite/flow";
import type { Facts } from "../frame/facts";

/** Port of Traefik's entry point `metrics`, by the name and number of its chart. */
const METRICS = { name: "metrics", port: 9100 } as const;

type MetricsFacts = Pick<
  Facts,
  "capabilities" | "edgeController" | "ingressNamespace" | "ingressPodLabels" | "monitoringNamespace"
>;

/**
 * The router's own figures: error rate, speed and public certificates of the suite are judged by them. By pod, as a
 * ServiceMonitor would rename the label that says which app answered. OpenShift's router wants the login of OpenShift's
 * own monitoring.
 */
export function routerMonitor(facts: MetricsFacts): Manifest[] {
  if (!scraped(facts)) return [];
  return [
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name: "ingress-controller", namespace: facts.monitoringNamespace, labels: managedLabels },
      spec: {
        namespaceSelector: { matchNames: [facts.ingressNamespace] },
        selector: { matchLabels: facts.ingressPodLabels },
        podMetricsEndpoints: [{ port: METRICS.name, interval: "30s" }],
      },
    },
  ];
}

export function routerFlows(facts: MetricsFacts): Flow[] {
  if (!scraped(facts)) return [];
  return [
    {
      from: { kind: "monitoring" },
      to: { kind: "ingressController" },
      ports: [METRICS.port],
      why: "Metrics of the ingress controller",
      source: "components/operators: monitors",
    },
  ];
}

function scraped({ edgeController, capabilities }: MetricsFacts): boolean {
  return edgeController === "traefik" && capabilities.has("monitoring-stack");
}
