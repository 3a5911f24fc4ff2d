import type { Manifest } from "../../kubernetes-object";
import type { Flow } from "../../../suite/flow";
import type { MetricSource } from "../../monitoring/sources";
import type { Facts } from "../frame/facts";
import { podScrape } from "../frame/pod-scrape";
import { ROUTER_JOB } from "./place";

/** Port of Traefik's entry point `metrics`, by the name and number of its chart. */
const METRICS = { name: "metrics", port: 9100 } as const;

type MetricsFacts = Pick<
  Facts,
  "capabilities" | "edgeController" | "ingressNamespace" | "ingressPodLabels" | "monitoringNamespace"
>;

/**
 * The router's own figures: error rate, speed and public certificates of the suite are judged by them. By pod, as a
 * ServiceMonitor would rename the label that says which app answered. A ScrapeConfig, because Prometheus looks in a
 * monitor's own namespace only. OpenShift's router wants the login of OpenShift's own monitoring.
 */
export function routerMonitor(facts: MetricsFacts): Manifest[] {
  if (!scraped(facts)) return [];
  const { monitoringNamespace: namespace, ingressNamespace, ingressPodLabels } = facts;
  return [
    podScrape({ name: ROUTER_JOB, namespace, of: [ingressNamespace], labels: ingressPodLabels, interval: "30s" }, [
      { action: "keep", sourceLabels: ["__meta_kubernetes_pod_container_port_name"], regex: METRICS.name },
    ]),
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

/** OpenShift's own monitoring reads its router. */
export function routerSources(facts: MetricsFacts): MetricSource[] {
  if (facts.edgeController === "haproxy-openshift") return ["openshift-router"];
  return scraped(facts) ? ["traefik"] : [];
}

function scraped({ edgeController, capabilities }: MetricsFacts): boolean {
  return edgeController === "traefik" && capabilities.has("monitoring-stack");
}
