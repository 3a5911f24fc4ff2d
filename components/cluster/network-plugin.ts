import { z } from "zod";
import { coerce, lt } from "semver";

/** What the installer of the network plugin has set, and nobody else can: found in the plugin's own configuration. */
export type NetworkPluginFacts = ConfiguredPlugin | AwsFacts;

interface ConfiguredPlugin {
  readonly name: "cilium" | "calico";
  /** Traffic between nodes is encrypted. */
  readonly encrypted: boolean;
  /** The agents have metrics to read. */
  readonly metrics: boolean;
  /** Policies are enforced at all. */
  readonly enforcing: boolean;
}

/** Amazon's VPC CNI: policies are its agent's, which runs beside it. */
interface AwsFacts {
  readonly name: "aws-vpc-cni";
  readonly enforcing: boolean;
  /** Of the agent, e.g. `v1.4.2-eksbuild.1`; undefined where its image has a digest alone. */
  readonly version: string | undefined;
}

/**
 * Pods are kept from the metadata service by `except` of 0.0.0.0/0 alone. Before this version the agent ignored it
 * (aws/aws-network-policy-agent#58, #78, #92).
 */
const AWS_LEAST = "1.0.4";

/** Where each plugin keeps it, below the API server. */
export const pluginConfiguration = {
  cilium: "/api/v1/namespaces/kube-system/configmaps/cilium-config",
  calico: "/apis/crd.projectcalico.org/v1/felixconfigurations/default",
  aws: "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node",
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

/** The DaemonSet `aws-node` as far as it says whether and how policies are enforced. */
export const awsNode = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ name: z.string(), image: z.string(), args: z.array(z.string()).default([]) })),
      }),
    }),
  }),
});

/** Of the DaemonSet `aws-node` (aws/amazon-vpc-cni-k8s, charts/aws-vpc-cni): the agent is there, and is told to. */
export function awsFacts({ spec }: z.infer<typeof awsNode>): AwsFacts {
  const agent = spec.template.spec.containers.find(({ name }) => name === "aws-eks-nodeagent");
  return {
    name: "aws-vpc-cni",
    enforcing: agent?.args.includes("--enable-network-policy=true") ?? false,
    version: /:(v?\d+\.\d+\.\d+[^@]*)/.exec(agent?.image ?? "")?.[1],
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
export function pluginWarnings(plugin: NetworkPluginFacts): string[] {
  if (plugin.name === "aws-vpc-cni") {
    if (!plugin.enforcing || plugin.version !== undefined) return [];
    return [
      `network plugin: the version of aws-vpc-cni's policy agent is not in its image. Make sure that it is ${AWS_LEAST} or newer, or pods reach the metadata service`,
    ];
  }
  const { name, encrypted, metrics } = plugin;
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

export function pluginProblems(plugin: NetworkPluginFacts): string[] {
  const { name, enforcing } = plugin;
  if (!enforcing) {
    const how =
      name === "aws-vpc-cni"
        ? 'Set enableNetworkPolicy: "true" of the add-on vpc-cni'
        : "Set it to default or always where it is installed";
    const why = name === "aws-vpc-cni" ? "its policy agent is off" : "policyEnforcementMode: never";
    return [`network plugin: ${name} enforces no policy (${why}), so default deny would only be on paper. ${how}`];
  }
  if (name !== "aws-vpc-cni") return [];
  const version = coerce(plugin.version);
  if (version === null || !lt(version, AWS_LEAST)) return [];
  return [
    `network plugin: the policy agent of ${name} is ${plugin.version ?? ""}, which ignores exceptions from a range: every pod that may reach the internet would reach the metadata service, and with it the node's rights. Update the add-on to an agent of ${AWS_LEAST} or newer`,
  ];
}
