import { join } from "node:path";
import { auditFlags } from "../../components/audit-policy";
import type { KubeconfigUser } from "../../lib/kube/kubeconfig";
import { API_SERVER_PORT } from "../nodes/layout";
import { NETWORK } from "./network";
import { clusterFile, type ClusterPaths } from "./paths";
import { pkiPath, type ClientName, type PkiFile } from "./pki";
import type { ProcessSpec } from "./processes";

export const COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"] as const;
export type ComponentName = (typeof COMPONENTS)[number];
export type Binaries = Readonly<Record<ComponentName, string>>;

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

export interface ClusterSetup {
  readonly paths: ClusterPaths;
  readonly ports: Ports;
  readonly binaries: Binaries;
  /** Files of the audit trail, as `npm run audit` writes them. */
  readonly auditPolicy: string;
  readonly auditWebhook?: string | undefined;
  /** Enters the network of the control plane, where that has one of its own; else empty. */
  readonly enter: readonly string[];
}

const HOST = "127.0.0.1";
export const CLUSTER_NAME = "mijnbureau-dev";

export const apiServerUrl = (ports: Ports): string => `https://${HOST}:${String(ports.apiServer)}`;
/** As the control plane's own processes reach it: beside real nodes it has a network, and a fixed port in it. */
const innerApiServerUrl = (setup: Pick<ClusterSetup, "enter" | "ports">): string =>
  setup.enter.length > 0 ? `https://${HOST}:${String(API_SERVER_PORT)}` : apiServerUrl(setup.ports);
const etcdUrl = (ports: Ports): string => `https://${HOST}:${String(ports.etcd)}`;
export const kubeconfigPath = (paths: ClusterPaths, client: ClientName): string =>
  client === "admin" ? paths.kubeconfig : join(paths.kubeconfigs, `${client}.kubeconfig`);

export function kubeconfigOf(setup: ClusterSetup, client: ClientName, read: (path: string) => string): KubeconfigUser {
  const pki = (file: PkiFile): string => read(pkiPath(setup.paths, file));
  return {
    cluster: CLUSTER_NAME,
    user: client,
    server: client === "admin" ? apiServerUrl(setup.ports) : innerApiServerUrl(setup),
    ca: pki("ca.crt"),
    certificate: pki(`${client}.crt`),
    key: pki(`${client}.key`),
  };
}

const flags = (values: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${String(value)}`);

/**
 * The garbage collector runs more often than by default (GOGC=100), which trades a little time for the memory of a
 * laptop: the whole control plane is meant to stay under 1 GB.
 */
function spec(
  setup: ClusterSetup,
  name: ComponentName,
  values: Readonly<Record<string, string | number | boolean>>,
  inputs: readonly string[],
): ProcessSpec {
  return {
    name,
    command: setup.binaries[name],
    enter: setup.enter,
    args: flags(values),
    env: { HOME: setup.paths.dir, PATH: "/usr/bin:/bin", GOGC: "50" },
    cwd: setup.paths.dir,
    log: join(setup.paths.logs, `${name}.log`),
    inputs,
  };
}

export function etcdSpec(setup: ClusterSetup): ProcessSpec {
  const { paths, ports } = setup;
  const peer = `https://${HOST}:${String(ports.etcdPeer)}`;
  const pki = (file: PkiFile): string => pkiPath(paths, file);
  const files = { certificate: pki("etcd-server.crt"), key: pki("etcd-server.key"), ca: pki("etcd-ca.crt") };
  return spec(
    setup,
    "etcd",
    {
      name: "dev",
      "data-dir": paths.etcd,
      "listen-client-urls": etcdUrl(ports),
      "advertise-client-urls": etcdUrl(ports),
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": `dev=${peer}`,
      "cert-file": files.certificate,
      "key-file": files.key,
      "client-cert-auth": true,
      "trusted-ca-file": files.ca,
      "peer-cert-file": files.certificate,
      "peer-key-file": files.key,
      "peer-client-cert-auth": true,
      "peer-trusted-ca-file": files.ca,
      // Only a power cut can lose what a process has written; a cluster that is made in a minute need not wait for disks.
      "unsafe-no-fsync": true,
      "snapshot-count": 5000,
      "auto-compaction-mode": "periodic",
      "auto-compaction-retention": "5m",
      "log-level": "warn",
    },
    Object.values(files),
  );
}

export function apiServerSpec(setup: ClusterSetup): ProcessSpec {
  const { paths, ports } = setup;
  const pki = (file: PkiFile): string => pkiPath(paths, file);
  const files = {
    "client-ca-file": pki("ca.crt"),
    "etcd-cafile": pki("etcd-ca.crt"),
    "etcd-certfile": pki("apiserver-etcd-client.crt"),
    "etcd-keyfile": pki("apiserver-etcd-client.key"),
    "proxy-client-cert-file": pki("front-proxy-client.crt"),
    "proxy-client-key-file": pki("front-proxy-client.key"),
    "requestheader-client-ca-file": pki("front-proxy-ca.crt"),
    "service-account-key-file": pki("sa.pub"),
    "service-account-signing-key-file": pki("sa.key"),
    "tls-cert-file": pki("apiserver.crt"),
    "tls-private-key-file": pki("apiserver.key"),
  };
  const { auditPolicy: policy, auditWebhook: webhook } = setup;
  const audit = auditFlags({ policy, log: paths.auditLog, webhook }).map((flag): [string, string] => {
    const [name = "", value = ""] = flag.slice(2).split("=", 2);
    return [name, value];
  });
  return spec(
    setup,
    "kube-apiserver",
    {
      ...files,
      ...(setup.enter.length > 0 ? besideRealNodes(paths) : { "bind-address": HOST, "secure-port": ports.apiServer }),
      // What the Service `kubernetes` points at. A loopback address is refused there, and policies that open the way
      // to the API server need one to name.
      "advertise-address": NETWORK.controlPlaneNode,
      "etcd-servers": etcdUrl(ports),
      "authorization-mode": "Node,RBAC",
      "anonymous-auth": false,
      "allow-privileged": true, // as on every cluster: pod security is for admission to judge
      "enable-admission-plugins": "NodeRestriction",
      "service-cluster-ip-range": NETWORK.serviceCidr,
      "service-account-issuer": `https://kubernetes.default.svc.${NETWORK.clusterDomain}`,
      "requestheader-allowed-names": "front-proxy-client",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-username-headers": "X-Remote-User",
      ...Object.fromEntries(audit),
      profiling: false,
    },
    [...Object.values(files), policy, ...(webhook === undefined ? [] : [webhook])],
  );
}

/** Nodes and pods reach the API server, and it reaches kubelets and, for aggregated APIs, pods. */
function besideRealNodes(paths: ClusterPaths): Readonly<Record<string, string | number | boolean>> {
  return {
    "bind-address": "0.0.0.0", // of the control plane's network alone
    "secure-port": API_SERVER_PORT,
    "kubelet-certificate-authority": pkiPath(paths, "ca.crt"),
    "kubelet-client-certificate": pkiPath(paths, "apiserver-kubelet-client.crt"),
    "kubelet-client-key": pkiPath(paths, "apiserver-kubelet-client.key"),
    "kubelet-preferred-address-types": "InternalIP",
    "enable-aggregator-routing": true,
  };
}

export function controllerManagerSpec(setup: ClusterSetup): ProcessSpec {
  const { paths } = setup;
  const kubeconfig = kubeconfigPath(paths, "controller-manager");
  const files = {
    "cluster-signing-cert-file": pkiPath(paths, "ca.crt"),
    "cluster-signing-key-file": pkiPath(paths, "ca.key"),
    "root-ca-file": pkiPath(paths, "ca.crt"),
    "service-account-private-key-file": pkiPath(paths, "sa.key"),
    kubeconfig,
  };
  return spec(
    setup,
    "kube-controller-manager",
    {
      ...files,
      "allocate-node-cidrs": true,
      "cluster-cidr": NETWORK.podCidr,
      "node-cidr-mask-size": 22,
      "service-cluster-ip-range": NETWORK.serviceCidr,
      // Five minutes by default, for which a quota refuses objects whose kind is new. Here kinds come and go.
      "resource-quota-sync-period": "10s",
      "use-service-account-credentials": true,
      "leader-elect": false,
      "secure-port": 0,
      profiling: false,
    },
    Object.values(files),
  );
}

export function schedulerSpec(setup: ClusterSetup): ProcessSpec {
  const kubeconfig = kubeconfigPath(setup.paths, "scheduler");
  return spec(setup, "kube-scheduler", { kubeconfig, "leader-elect": false, "secure-port": 0, profiling: false }, [
    kubeconfig,
  ]);
}

export function kwokSpec(setup: ClusterSetup): ProcessSpec {
  const kubeconfig = kubeconfigPath(setup.paths, "kwok");
  const config = clusterFile("stages.yaml");
  return spec(
    setup,
    "kwok",
    {
      kubeconfig,
      config,
      "manage-all-nodes": false,
      "manage-nodes-with-annotation-selector": "kwok.x-k8s.io/node=fake", // real nodes have kubelets
      // With leases KWOK keeps the nodes alive; without, the controller manager taints them after 40 s.
      "node-lease-duration-seconds": 40,
      cidr: NETWORK.podCidr,
    },
    [kubeconfig, config],
  );
}
