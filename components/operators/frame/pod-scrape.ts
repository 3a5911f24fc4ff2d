import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";

export interface PodScrape {
  /** Of the object, and of the job. */
  readonly name: string;
  readonly namespace: string;
  /** Namespaces of the pods. */
  readonly of: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly interval: string;
}

type Relabeling = Readonly<Record<string, string | readonly string[]>>;

const copy = (from: string, targetLabel: string): Relabeling => ({ sourceLabels: [from], targetLabel });

/** As Prometheus spells a label of a pod in what it finds (Prometheus, configuration, kubernetes_sd_config). */
const podLabel = (key: string): string => `__meta_kubernetes_pod_label_${key.replace(/[^a-zA-Z0-9_]/g, "_")}`;

/** Metrics of pods in namespaces that the platform has no monitor in, with the labels that a PodMonitor would give them. */
export function podScrape(scrape: PodScrape, relabelings: readonly Relabeling[]): Manifest {
  const { name, namespace, of, labels, interval } = scrape;
  const selected = Object.entries(labels).map(([key, value]): Relabeling => ({
    action: "keep",
    sourceLabels: [podLabel(key)],
    regex: value.replaceAll(".", "\\."),
  }));
  return {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "ScrapeConfig",
    metadata: { name, namespace, labels: managedLabels },
    spec: {
      kubernetesSDConfigs: [{ role: "Pod", namespaces: { names: of } }],
      scrapeInterval: interval,
      relabelings: [
        { action: "drop", sourceLabels: ["__meta_kubernetes_pod_phase"], regex: "(Failed|Succeeded)" },
        ...selected,
        { targetLabel: "job", replacement: name },
        copy("__meta_kubernetes_namespace", "namespace"),
        copy("__meta_kubernetes_pod_name", "pod"),
        copy("__meta_kubernetes_pod_container_name", "container"),
        ...relabelings,
      ],
    },
  };
}
