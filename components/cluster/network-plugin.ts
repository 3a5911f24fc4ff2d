/** What the installer of the network plugin has set, and nobody else can: found in the plugin's own configuration. */
export interface NetworkPluginFacts {
  readonly name: "cilium" | "calico";
  /** Traffic between nodes is encrypted. */
  readonly encrypted: boolean;
  /** The agents have metrics to read. */
  readonly metrics: boolean;
  /** Policies are enforced at all. */
  readonly enforcing: boolean;
}

/** Where each plugin keeps it, below the API server. */
export const pluginConfiguration = {
  cilium: "/api/v1/namespaces/kube-system/configmaps/cilium-config",
  calico: "/apis/crd.projectcalico.org/v1/felixconfigurations/default",
} as const;

/** Of the ConfigMap `cilium-config` (cilium/cilium, install/kubernetes/cilium/templates/cilium-configmap.yaml). */
export function ciliumFacts(data: Readonly<Record<string, string>>): NetworkPluginFacts {
  const on = (key: string): boolean => data[key] === "true";
  return {
    name: "cilium",
    encrypted: on("enable-wireguard") || on("enable-ipsec"),
    metrics: (data["prometheus-serve-addr"] ?? "") !== "",
    enforcing: data["enable-policy"] !== "never",
  };
}

/** Of the FelixConfiguration `default`; what it does not say is off (Calico docs, "Felix configuration"). */
export function calicoFacts(spec: Readonly<Record<string, unknown>>): NetworkPluginFacts {
  return {
    name: "calico",
    encrypted: spec["wireguardEnabled"] === true || spec["wireguardEnabledV6"] === true,
    metrics: spec["prometheusMetricsEnabled"] === true,
    enforcing: true,
  };
}

const settings = {
  cilium: {
    encrypted: "encryption.enabled=true and encryption.type=wireguard",
    metrics: "prometheus.enabled=true",
  },
  calico: {
    encrypted: "wireguardEnabled: true in the FelixConfiguration default",
    metrics: "prometheusMetricsEnabled: true in the FelixConfiguration default",
  },
} as const;

/** What only the installer can repair, each with the setting that does. */
export function pluginWarnings({ name, encrypted, metrics }: NetworkPluginFacts): string[] {
  const { encrypted: encryption, metrics: exposed } = settings[name];
  return [
    ...(encrypted
      ? []
      : [`network plugin: ${name} does not encrypt traffic between nodes. Set ${encryption} where it is installed`]),
    ...(metrics
      ? []
      : [
          `network plugin: ${name} has no metrics, so dropped packets raise no alert. Set ${exposed} where it is installed`,
        ]),
  ];
}

export function pluginProblems({ name, enforcing }: NetworkPluginFacts): string[] {
  if (enforcing) return [];
  return [
    `network plugin: ${name} enforces no policy (policyEnforcementMode: never), so default deny would only be on paper. ` +
      "Set it to default or always where it is installed",
  ];
}
