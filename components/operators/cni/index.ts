import type { Flow } from "../../../suite/flow";
import type { MetricSource } from "../../monitoring/sources";
import { defineOperator } from "../frame/define";
import type { Facts } from "../frame/facts";
import { alerts } from "./alerts";
import { dashboard } from "./dashboard";
import { podScrape } from "../frame/pod-scrape";

interface Agent {
  readonly source: MetricSource;
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly selector: Readonly<Record<string, string>>;
  readonly port: number;
  /** Which of what Prometheus finds in its pods is scraped, and where. */
  readonly relabelings: Parameters<typeof podScrape>[1];
}

const CALICO_PORT = 9091;

/** Metrics of the network plugin's agents: dropped packets by reason. They use the node's network. */
const agents: Readonly<Record<string, Agent>> = {
  cilium: {
    source: "cilium",
    name: "cilium-agent",
    namespaces: ["kube-system"],
    selector: { "k8s-app": "cilium" },
    port: 9962,
    relabelings: [{ action: "keep", sourceLabels: ["__meta_kubernetes_pod_container_port_name"], regex: "prometheus" }],
  },
  calico: {
    source: "calico",
    name: "calico-node",
    // Calico's operator puts its agents in calico-system, manifests in kube-system.
    namespaces: ["calico-system", "kube-system"],
    selector: { "k8s-app": "calico-node" },
    port: CALICO_PORT,
    // Its pods declare no port (projectcalico/calico, manifests/calico.yaml): one target per container is found, without
    // any, and the address is made here.
    relabelings: [
      { action: "keep", sourceLabels: ["__meta_kubernetes_pod_container_name"], regex: "calico-node" },
      { action: "keep", sourceLabels: ["__meta_kubernetes_pod_container_init"], regex: "false" },
      {
        action: "replace",
        sourceLabels: ["__meta_kubernetes_pod_ip"],
        regex: "(.+)",
        replacement: `$1:${CALICO_PORT}`,
        targetLabel: "__address__",
      },
    ],
  },
};

/** The agents that Prometheus reads. */
function agentsOf({ cni, capabilities }: Pick<Facts, "cni" | "capabilities">): Agent[] {
  const agent = cni === undefined ? undefined : agents[cni];
  return agent === undefined || !capabilities.has("monitoring-stack") ? [] : [agent];
}

export default defineOperator({
  name: "cni",
  title:
    "Network plugin: drop metrics of Cilium and Calico. The cluster-wide default deny comes with the network policies.",
  duties: [
    "Encryption in transit between nodes is set where the plugin is installed, and `npm run preflight` looks whether it is: Cilium `encryption.enabled=true`, `encryption.type=wireguard`; Calico `wireguardEnabled: true` in the FelixConfiguration `default`.",
    "Metrics of the agents, looked for as well: Cilium `prometheus.enabled=true`; Calico `prometheusMetricsEnabled: true`.",
    "Cilium: `policyEnforcementMode` default or always, and the DNS proxy on, for policies by name.",
  ],
  enabledByDefault: true,
  settings: {},
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["prometheus"],
  sources: ({ facts }) => agentsOf(facts).map(({ source }) => source),
  objects: ({ facts }) =>
    agentsOf(facts).map((agent) =>
      podScrape(
        {
          name: agent.name,
          namespace: facts.monitoringNamespace,
          of: agent.namespaces,
          labels: agent.selector,
          interval: "30s",
        },
        agent.relabelings,
      ),
    ),
  flows: ({ facts }): Flow[] =>
    agentsOf(facts).map((agent) => ({
      from: { kind: "monitoring" },
      to: { kind: "nodes" },
      ports: [agent.port],
      why: `Metrics of ${agent.name}`,
      source: "components/operators: monitors",
    })),
});
