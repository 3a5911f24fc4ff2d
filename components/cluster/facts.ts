import { label } from "../../lib/labels";
import type { InstallationRecord } from "./installation";
import { pluginProblems, pluginWarnings, type NetworkPluginFacts } from "./network-plugin";

/** What the platform needs to know of the cluster that it is about to change. */
export interface ClusterFacts {
  /** Server version, e.g. `v1.36.3`. */
  readonly version: string;
  /** Installed CustomResourceDefinitions and APIServices, by name; true where the platform owns them. */
  readonly customResources: ReadonlyMap<string, boolean>;
  readonly apiServices: ReadonlyMap<string, boolean>;
  /** Namespaces, by name; true where the platform owns them. */
  readonly namespaces: ReadonlyMap<string, boolean>;
  /** The installation of the platform that the cluster carries. */
  readonly installation?: InstallationRecord;
  /** Cluster-wide objects of operators that somebody else installed, as Helm or their names show. */
  readonly foreign?: readonly ForeignObject[];
  readonly nodes: readonly NodeFacts[];
  /** Names of the DaemonSets of kube-system and of the network plugins' own namespaces. */
  readonly daemonSets: readonly string[];
  /** Absent: another plugin, or its configuration is not where its installer usually puts it. */
  readonly networkPlugin?: NetworkPluginFacts;
  /** Resources of `admissionregistration.k8s.io/v1`. */
  readonly admissionResources: readonly string[];
}

/** A ClusterRole or webhook configuration that no `pulumi up` of the platform made. */
export interface ForeignObject {
  readonly kind: string;
  readonly name: string;
  /** Helm's release, where one made it. */
  readonly release?: { readonly name: string; readonly namespace: string };
}

export interface NodeFacts {
  readonly name: string;
  readonly zone: string | undefined;
  readonly controlPlane: boolean;
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `status.runtimeHandlers` (Kubernetes 1.30 and newer, containerd 2 and newer); empty where a node does not say. */
  readonly runtimeHandlers: readonly string[];
}

/** The parts of the configuration that the cluster has to satisfy. */
export interface Expectations {
  readonly minimumVersion: string;
  /** Absent: what the API server knows decides. */
  readonly podSecurityVersion?: string | undefined;
  readonly cni: string;
  readonly zones: readonly string[];
  readonly simulatedNodes: boolean;
  readonly namespaces: readonly { readonly key: string; readonly name: string }[];
  readonly runtimeHandlers: readonly {
    readonly key: string;
    readonly handler: string;
    /** Labels of the nodes on which its pods are put; absent: any. */
    readonly nodeSelector?: Readonly<Record<string, string>>;
  }[];
  /** What the stack installs, by the names that another installation of the same would have too. */
  readonly installs: readonly Installs[];
}

export interface Installs {
  readonly operator: string;
  readonly release: string;
  /** `<kind>/<name>` of its webhook configurations. */
  readonly configurations: readonly string[];
}

export interface PreflightResult {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Network plugins known by their DaemonSet, and whether they enforce NetworkPolicy. */
const networkPlugins: readonly { daemonSet: RegExp; name: string; enforces: boolean }[] = [
  { daemonSet: /^cilium$/, name: "cilium", enforces: true },
  { daemonSet: /^calico-node$/, name: "calico", enforces: true },
  { daemonSet: /^antrea-agent$/, name: "antrea", enforces: true },
  { daemonSet: /^kube-router$/, name: "kube-router", enforces: true },
  { daemonSet: /^(ovnkube-node.*|sdn)$/, name: "ovn-kubernetes", enforces: true },
  { daemonSet: /^weave-net$/, name: "weave", enforces: true },
  // Whether its agent is on, and of which version: pluginProblems.
  { daemonSet: /^aws-node$/, name: "aws-vpc-cni", enforces: true },
  { daemonSet: /^kube-flannel.*$/, name: "flannel", enforces: false },
];

/** Whether the cluster can carry the platform; every problem at once, each with what to do. */
export function preflight(expected: Expectations, facts: ClusterFacts): PreflightResult {
  return {
    errors: [
      ...versionProblems(expected, facts),
      ...admissionProblems(facts),
      ...networkProblems(facts),
      ...(facts.networkPlugin === undefined ? [] : pluginProblems(facts.networkPlugin)),
      ...namespaceProblems(expected, facts),
      ...foreignProblems(expected, facts),
      ...handlerProblems(expected, facts),
    ],
    warnings: [
      ...networkWarnings(expected, facts),
      ...(facts.networkPlugin === undefined ? [] : pluginWarnings(facts.networkPlugin)),
      ...zoneWarnings(expected, facts),
    ],
  };
}

/** Minor of `v1.36.3`, `1.33` or `v1.33`. */
export function minorOf(version: string): number {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  if (minor === undefined) throw new Error(`"${version}" is not a Kubernetes version such as v1.33`);
  return Number(minor);
}

function versionProblems(expected: Expectations, { version }: ClusterFacts): string[] {
  const server = minorOf(version);
  const problems: string[] = [];
  if (server < minorOf(expected.minimumVersion)) {
    problems.push(
      `cluster version: ${version} is older than cluster.minimumVersion ${expected.minimumVersion}. Upgrade the cluster first`,
    );
  }
  if (expected.podSecurityVersion !== undefined && minorOf(expected.podSecurityVersion) > server) {
    problems.push(
      `podSecurity.version: ${expected.podSecurityVersion} is newer than the API server (${version}), which would read it as "latest". Pin v1.${server} or older`,
    );
  }
  return problems;
}

function admissionProblems({ admissionResources }: ClusterFacts): string[] {
  const needed = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"];
  const missing = needed.filter((resource) => !admissionResources.includes(resource));
  if (missing.length === 0) return [];
  return [
    `admission: the API server does not serve ${missing.join(" and ")} in admissionregistration.k8s.io/v1. ` +
      "Use Kubernetes 1.30 or newer without disabling that API",
  ];
}

function pluginOf({ daemonSets }: ClusterFacts): (typeof networkPlugins)[number] | undefined {
  const found = networkPlugins.filter(({ daemonSet }) => daemonSets.some((name) => daemonSet.test(name)));
  // Canal is flannel for routing with Calico for policy: any enforcing plugin is enough.
  return found.find(({ enforces }) => enforces) ?? found[0];
}

function networkProblems(facts: ClusterFacts): string[] {
  const plugin = pluginOf(facts);
  if (plugin === undefined || plugin.enforces) return [];
  return [
    `network plugin: ${plugin.name} does not enforce NetworkPolicy, so default deny would only be on paper. ` +
      "Install one that does (Cilium, Calico, OVN-Kubernetes)",
  ];
}

function networkWarnings(expected: Expectations, facts: ClusterFacts): string[] {
  if (expected.simulatedNodes) return [];
  const plugin = pluginOf(facts);
  if (plugin === undefined)
    return ["network plugin: not recognised by its DaemonSet; make sure that it enforces NetworkPolicy"];
  if (expected.cni !== "other" && expected.cni !== plugin.name) {
    return [`network.cni: "${expected.cni}" is configured, but the cluster runs ${plugin.name}`];
  }
  return [];
}

function namespaceProblems(expected: Expectations, facts: ClusterFacts): string[] {
  return expected.namespaces
    .filter(({ name }) => facts.namespaces.get(name) === false)
    .map(
      ({ key, name }) =>
        `${key}: namespace "${name}" exists and is not the platform's. Choose another name, remove it, or hand it over: ` +
        `kubectl label namespace ${name} ${label.managed}=true, then pulumi import`,
    );
}

/** The API server has one object of a name: taking over another installation's would break that one, or both. */
function foreignProblems({ installs }: Expectations, { foreign = [] }: ClusterFacts): string[] {
  return installs.flatMap(({ operator, release, configurations }) => {
    const found = foreign.filter(
      (object) => object.release?.name === release || configurations.includes(`${object.kind}/${object.name}`),
    );
    if (found.length === 0) return [];
    const names = found.map(({ kind, name, release: by }) =>
      by === undefined ? `${kind} ${name}` : `${kind} ${name} (Helm release ${by.name} in namespace ${by.namespace})`,
    );
    return [
      `operators.${operator}: installed already, and not by the platform: ${names.join(", ")}. Remove that installation ` +
        `first, or leave this one out in the stack file (docs/operators/${operator}.md says by which key)`,
    ];
  });
}

/** Nodes that do not say which handlers they have are judged by their labels alone: a pod would wait for ever. */
function handlerProblems(expected: Expectations, { nodes }: ClusterFacts): string[] {
  if (expected.simulatedNodes || nodes.length === 0) return [];
  const said = nodes.some(({ runtimeHandlers }) => runtimeHandlers.length > 0);
  return expected.runtimeHandlers.flatMap(({ key, handler, nodeSelector = {} }) => {
    const having = said ? nodes.filter(({ runtimeHandlers }) => runtimeHandlers.includes(handler)) : nodes;
    if (having.length === 0)
      return [`${key}: no node has the runtime handler "${handler}". Install it on the nodes first, or remove the key`];
    const wanted = Object.entries(nodeSelector);
    if (having.some(({ labels }) => wanted.every(([name, value]) => labels[name] === value))) return [];
    const text = wanted.map(([name, value]) => `${name}=${value}`).join(", ");
    return [
      `${key}: no node with the runtime handler "${handler}" has the label ${text}, by which its pods find it. ` +
        "Install the handler and label the nodes that have it, or remove the key",
    ];
  });
}

function zoneWarnings(expected: Expectations, facts: ClusterFacts): string[] {
  const present = new Set(facts.nodes.map(({ zone }) => zone));
  const missing = expected.zones.filter((zone) => !present.has(zone));
  if (missing.length === 0 || facts.nodes.length === 0) return [];
  return [`region: no node in zone ${missing.join(", ")}; replicas will not spread as config/region-facts.json says`];
}
