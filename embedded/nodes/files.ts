import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { kubeconfigText } from "../../lib/kube/kubeconfig";
import { writeAtomic } from "../cluster/files";
import type { ClusterPaths } from "../cluster/paths";
import { pkiPath, signedByCluster } from "../cluster/pki";
import type { KeyAndCertificate } from "../cluster/x509";
import {
  API_SERVER,
  cniTemplate,
  containerdConfig,
  helperSettings,
  kubeletConfig,
  kubeProxyConfig,
  mirrorConfig,
  runscConfig,
  volumesSettings,
} from "./config";
import { servedImages, type RealImage } from "./images";
import type { NodePlace } from "./layout";

/** A token and the authority, as a pod finds them: kube-network-policies knows no other way to the API server. */
export interface AccountFiles {
  readonly token: string;
}

export interface NodeContent {
  readonly account: AccountFiles;
  readonly images: readonly RealImage[];
  /** Whether the node has gVisor beside runc. */
  readonly gvisor: boolean;
}

/** What is written for a node whenever it is made, but for its keys. */
export const configurationOf = (
  node: NodePlace,
  { images, gvisor }: Pick<NodeContent, "images" | "gvisor">,
): Readonly<Record<string, string>> => ({
  "resolv.conf": "",
  "kubelet.yaml": kubeletConfig(node),
  "kube-proxy.yaml": kubeProxyConfig(node),
  "containerd.toml": containerdConfig(gvisor),
  "runsc.toml": runscConfig(),
  "cni.template": cniTemplate(),
  "certs.d/_default/hosts.toml": mirrorConfig(),
  "images.json": JSON.stringify(servedImages(images)),
  "node.json": helperSettings(),
  "volumes.json": volumesSettings(),
});

/** Writes everything that a node's programs read, into a folder made anew. */
export async function writeNodeFiles(
  paths: ClusterPaths,
  node: NodePlace,
  { account, ...content }: NodeContent,
): Promise<void> {
  rmSync(node.dir, { recursive: true, force: true });
  for (const name of ["lib", "log", "opt", "pki", "serviceaccount", "layers", "certs.d/_default"]) {
    mkdirSync(join(node.dir, name), { recursive: true, mode: 0o755 });
  }
  // A hostPath of root's stays readable to the pods that may have one; the folders above are private to their owner.
  for (const name of ["lib", "log", "opt"]) chmodSync(join(node.dir, name), 0o755);
  mkdirSync(node.volumes, { recursive: true });
  chmodSync(node.volumes, 0o755);

  const ca = readFileSync(pkiPath(paths, "ca.crt"), "utf8");
  const write = (name: string, content: string): void => {
    writeAtomic(join(node.dir, name), content);
  };
  const kubelet = await signedByCluster(paths, {
    commonName: `system:node:${node.name}`,
    organizations: ["system:nodes"],
    usages: ["client"],
  });
  const server = await signedByCluster(paths, {
    commonName: `system:node:${node.name}`,
    organizations: ["system:nodes"],
    usages: ["server"],
    names: [node.name, node.address],
  });
  const proxy = await signedByCluster(paths, { commonName: "system:kube-proxy", usages: ["client"] });
  // It stands for a storage driver's provisioner, and acts with full rights as KWOK does for simulated nodes.
  const volumes = await signedByCluster(paths, {
    commonName: "system:mijnbureau-volumes",
    organizations: ["system:masters"],
    usages: ["client"],
  });
  const pair = (name: string, made: KeyAndCertificate): void => {
    write(`pki/${name}.crt`, made.certificate);
    write(`pki/${name}.key`, made.key);
  };
  pair("kubelet", kubelet);
  pair("kubelet-server", server);
  pair("volumes", volumes);
  copyFileSync(pkiPath(paths, "ca.crt"), join(node.dir, "pki", "ca.crt"));
  const kubeconfig = (user: string, made: KeyAndCertificate): string =>
    kubeconfigText({
      cluster: "mijnbureau-dev",
      user,
      server: API_SERVER,
      ca,
      certificate: made.certificate,
      key: made.key,
    });
  write("kubelet.kubeconfig", kubeconfig(node.name, kubelet));
  write("kube-proxy.kubeconfig", kubeconfig("kube-proxy", proxy));
  write("serviceaccount/token", account.token);
  write("serviceaccount/ca.crt", ca);

  for (const [name, text] of Object.entries(configurationOf(node, content))) write(name, text);
}
