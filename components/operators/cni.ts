import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";
import type { Flow } from "../network/flow";
import { defineOperator } from "./define";

interface Agent {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly port: number;
  readonly portName: string;
}

/** Metrics of the network plugin's agents: dropped packets by reason. They use the node's network. */
const agents: Readonly<Record<string, Agent>> = {
  cilium: { name: "cilium-agent", selector: { "k8s-app": "cilium" }, port: 9962, portName: "prometheus" },
  calico: { name: "calico-node", selector: { "k8s-app": "calico-node" }, port: 9091, portName: "http-metrics" },
};

function podMonitor(agent: Agent, namespace: string, plugin: string): Manifest {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name: agent.name, namespace, labels: managedLabels },
    spec: {
      // Calico's operator puts its agents in calico-system, manifests in kube-system.
      namespaceSelector: { matchNames: plugin === "calico" ? ["calico-system", "kube-system"] : ["kube-system"] },
      selector: { matchLabels: agent.selector },
      podMetricsEndpoints: [{ port: agent.portName, interval: "30s" }],
    },
  };
}

export default defineOperator({
  name: "cni",
  title:
    "Network plugin: drop metrics of Cilium and Calico. The cluster-wide default deny comes with the network policies.",
  duties: [
    "Encryption in transit between nodes is set where the plugin is installed: Cilium `encryption.enabled=true`, `encryption.type=wireguard`; Calico `wireguardEnabled: true` in the FelixConfiguration `default`.",
    "Metrics of the agents: Cilium `prometheus.enabled=true`; Calico `prometheusMetricsEnabled: true`.",
    "Cilium: `policyEnforcementMode` default or always, and the DNS proxy on, for policies by name.",
  ],
  enabledByDefault: true,
  settings: {},
  needs: ["prometheus"],
  objects: ({ facts }) => {
    const agent = facts.cni === undefined ? undefined : agents[facts.cni];
    return agent === undefined || !facts.capabilities.has("monitoring-stack")
      ? []
      : [podMonitor(agent, facts.monitoringNamespace, facts.cni ?? "")];
  },
  flows: ({ facts }): Flow[] => {
    const agent = facts.cni === undefined ? undefined : agents[facts.cni];
    if (agent === undefined) return [];
    return [
      {
        from: { kind: "monitoring" },
        to: { kind: "nodes" },
        ports: [agent.port],
        why: `Metrics of ${agent.name}`,
        source: "components/operators: monitors",
      },
    ];
  },
});
