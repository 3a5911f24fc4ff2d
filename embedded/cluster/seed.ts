import { at, type KubeClient, type KubeObject } from "../../lib/kube/client";
import { SIMULATED_TAINT } from "../nodes/layout";
import { realStorage } from "../nodes/objects";
import { NETWORK, REGION, STORAGE_CLASS, VOLUME_PROVISIONER, WORKERS_PER_ZONE, ZONES } from "./network";

/**
 * What any cluster has before a platform is installed on it and the control plane does not make itself: nodes, a
 * default StorageClass, cluster DNS.
 */
export async function seed(client: KubeClient, { realNodes }: { readonly realNodes: boolean }): Promise<void> {
  const version = await client.version();
  const nodes = nodeObjects(version).map((node) => (realNodes ? tainted(node) : node));
  await Promise.all(
    nodes.map(async (node) => {
      const ref = { apiVersion: "v1", kind: "Node", name: node.metadata.name ?? "" };
      // Created once with its status, as a kubelet registers itself; after that the node belongs to KWOK.
      if ((await client.find(ref)) === undefined) await client.create(node);
    }),
  );
  const classes = realNodes ? realStorage() : storage();
  for (const object of [...classes, ...dns()]) await client.apply(object, { force: true });
}

/** Beside real nodes, a simulated one takes only what asks for it. */
function tainted(node: KubeObject): KubeObject {
  const taints = at(node, "spec", "taints");
  const own = Array.isArray(taints) ? Array.from<unknown>(taints) : [];
  return { ...node, spec: { taints: [...own, SIMULATED_TAINT] } };
}

/** Names of the nodes that are not Ready, or would keep every pod away. */
export async function unreadyNodes(client: KubeClient, realNodes = 0): Promise<string[]> {
  const nodes = await client.list({ apiVersion: "v1", kind: "Node" });
  const missing = Math.max(0, NODE_COUNT + realNodes - nodes.length);
  const unready = nodes.filter((node) => !isReady(node) || hasLifecycleTaint(node)).map((n) => n.metadata.name ?? "");
  return [...unready, ...Array.from({ length: missing }, () => "(not registered)")];
}

const NODE_LEASES = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "kube-node-lease" };

/** Nodes that no KWOK process has taken since `releaseNodes`: ready they may be still, from the process before. */
export async function unheldNodes(client: KubeClient): Promise<readonly string[]> {
  const nodes = await client.list({ apiVersion: "v1", kind: "Node" });
  const leases = await client.list(NODE_LEASES, { namespace: NODE_LEASES.namespace });
  const held = new Set(leases.map(({ metadata }) => metadata.name));
  return nodes.map(({ metadata }) => metadata.name ?? "").filter((name) => !held.has(name));
}

/**
 * A new KWOK process leaves a node alone until the lease that the one before it held runs out, 40 s later. Called
 * when no KWOK process runs, so that nobody else's lease goes.
 */
export async function releaseNodes(client: KubeClient): Promise<void> {
  const leases = await client.list(NODE_LEASES, { namespace: NODE_LEASES.namespace });
  await Promise.all(leases.map(({ metadata: { name = "" } }) => client.delete({ ...NODE_LEASES, name })));
}

const NODE_COUNT = 1 + ZONES.length * WORKERS_PER_ZONE;

function isReady(node: KubeObject): boolean {
  const conditions = at(node, "status", "conditions");
  return (
    Array.isArray(conditions) &&
    conditions.some((condition: unknown) => at(condition, "type") === "Ready" && at(condition, "status") === "True")
  );
}

/** not-ready and unreachable are put on and taken off by the controller manager, a little after the condition. */
function hasLifecycleTaint(node: KubeObject): boolean {
  const taints = at(node, "spec", "taints");
  return (
    Array.isArray(taints) && taints.some((taint: unknown) => String(at(taint, "key")).startsWith("node.kubernetes.io/"))
  );
}

function nodeObjects(version: string): KubeObject[] {
  const controlPlane = node("dev-control-plane", ZONES[0], NETWORK.controlPlaneNode, version);
  const workers = ZONES.flatMap((zone, zoneIndex) =>
    Array.from({ length: WORKERS_PER_ZONE }, (_, index) => {
      const address = NETWORK.nodeCidr.replace(/\d+\/\d+$/, String(10 + zoneIndex * 10 + index));
      return node(`${zone}-worker-${String(index + 1)}`, zone, address, version);
    }),
  );
  return [asControlPlane(controlPlane), ...workers];
}

function asControlPlane(base: KubeObject): KubeObject {
  const role = "node-role.kubernetes.io/control-plane";
  return {
    ...base,
    metadata: { ...base.metadata, labels: { ...base.metadata.labels, [role]: "" } },
    spec: { taints: [{ key: role, effect: "NoSchedule" }] },
  };
}

function node(name: string, zone: string, address: string, version: string): KubeObject {
  const resources = { cpu: "64", memory: "256Gi", "ephemeral-storage": "1Ti", pods: "500", "hugepages-2Mi": "0" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": REGION,
      },
    },
    status: {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
      capacity: resources,
      allocatable: resources,
      nodeInfo: {
        machineID: "",
        systemUUID: "",
        bootID: "",
        architecture: "amd64",
        operatingSystem: "linux",
        kernelVersion: "6.12.0",
        osImage: "simulated by KWOK",
        containerRuntimeVersion: "containerd://2.1.0",
        kubeletVersion: version,
        kubeProxyVersion: "",
      },
    },
  };
}

function storage(): KubeObject[] {
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "CSIDriver",
      metadata: { name: VOLUME_PROVISIONER },
      // Otherwise the controller manager would wait for somebody to attach each volume.
      spec: { attachRequired: false, podInfoOnMount: false, fsGroupPolicy: "File" },
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: STORAGE_CLASS, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: VOLUME_PROVISIONER,
      parameters: { encrypted: "true" },
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    },
  ];
}

const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${NETWORK.clusterDomain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    cache 30
    loop
    reload
    loadbalance
}
`;

/**
 * CoreDNS as kubeadm names, labels and sets it up: policies allow DNS to these labels only. On simulated nodes its pods
 * answer nothing.
 */
function dns(): KubeObject[] {
  const labels = { "k8s-app": "kube-dns" };
  const meta = { namespace: "kube-system", labels };
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...meta, name: "coredns" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { ...meta, name: "coredns" }, data: { Corefile: COREFILE } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "system:coredns" },
      rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "system:coredns" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
      subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }],
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...meta, name: "kube-dns" },
      spec: { clusterIP: NETWORK.dnsService, selector: labels, ports },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...meta, name: "coredns" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "coredns",
            priorityClassName: "system-cluster-critical",
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            volumes: [{ name: "config", configMap: { name: "coredns" } }],
            containers: [
              {
                name: "coredns",
                image: "registry.k8s.io/coredns/coredns:v1.13.1",
                imagePullPolicy: "IfNotPresent",
                args: ["-conf", "/etc/coredns/Corefile"],
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
                livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 60 },
                ports: ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
                resources: { requests: { cpu: "100m", memory: "70Mi" }, limits: { memory: "170Mi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                },
              },
            ],
          },
        },
      },
    },
  ];
}
