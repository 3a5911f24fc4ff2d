import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readIfPresent, writeAtomic } from "./files";
import { NETWORK } from "./network";
import type { ClusterPaths } from "./paths";
import {
  certificate,
  certificateAuthority,
  loadIssuer,
  type CertificateRequest,
  type Issuer,
  type KeyAndCertificate,
} from "./x509";

const VALID_DAYS = 365;
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

/** Names of certificate and key files, as kubeadm lays them out. */
export type PkiFile =
  | "ca.crt"
  | "ca.key"
  | "front-proxy-ca.crt"
  | "etcd-ca.crt"
  | "sa.key"
  | "sa.pub"
  | `${LeafName}.crt`
  | `${LeafName}.key`;

export type ClientName = "admin" | "controller-manager" | "scheduler" | "kwok";
type LeafName =
  | ClientName
  | "apiserver"
  | "apiserver-etcd-client"
  | "apiserver-kubelet-client"
  | "etcd-server"
  | "front-proxy-client";
type Authority = "ca" | "etcd-ca" | "front-proxy-ca";

const LOCAL = ["localhost", "127.0.0.1"];

/**
 * Identities as kubeadm gives them, so that the roles that Kubernetes creates itself fit. KWOK stands for kubelets,
 * volume provisioner and load balancer at once and acts with full rights.
 */
const LEAVES: Readonly<Record<LeafName, Omit<CertificateRequest, "validDays"> & { readonly authority: Authority }>> = {
  apiserver: {
    authority: "ca",
    commonName: "kube-apiserver",
    usages: ["server"],
    names: [
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      `kubernetes.default.svc.${NETWORK.clusterDomain}`,
      ...LOCAL,
      NETWORK.apiServerService,
      NETWORK.controlPlaneNode,
    ],
  },
  "apiserver-etcd-client": { authority: "etcd-ca", commonName: "kube-apiserver-etcd-client", usages: ["client"] },
  "apiserver-kubelet-client": {
    authority: "ca",
    commonName: "kube-apiserver-kubelet-client",
    organizations: ["system:masters"],
    usages: ["client"],
  },
  "etcd-server": { authority: "etcd-ca", commonName: "etcd", usages: ["server", "client"], names: LOCAL },
  "front-proxy-client": { authority: "front-proxy-ca", commonName: "front-proxy-client", usages: ["client"] },
  admin: { authority: "ca", commonName: "kubernetes-admin", organizations: ["system:masters"], usages: ["client"] },
  "controller-manager": { authority: "ca", commonName: "system:kube-controller-manager", usages: ["client"] },
  scheduler: { authority: "ca", commonName: "system:kube-scheduler", usages: ["client"] },
  kwok: { authority: "ca", commonName: "system:kwok", organizations: ["system:masters"], usages: ["client"] },
};

export const pkiPath = (paths: ClusterPaths, file: PkiFile): string => join(paths.pki, file);

/**
 * Makes all certificates and keys, or keeps those there are. They come and go together: the marker is written last,
 * so that an interrupted run starts over, and a set near its end is replaced as a whole. Returns whether it made any.
 */
export async function ensurePki(paths: ClusterPaths): Promise<boolean> {
  const marker = join(paths.pki, "complete");
  if (readIfPresent(marker) !== undefined && isWhole(paths) && !expiresSoon(paths)) return false;
  const write = (name: string, content: string): void => {
    writeAtomic(join(paths.pki, name), content);
  };
  const authorities: Readonly<Record<Authority, Issuer>> = {
    ca: await certificateAuthority("kubernetes", VALID_DAYS),
    "etcd-ca": await certificateAuthority("etcd-ca", VALID_DAYS),
    "front-proxy-ca": await certificateAuthority("front-proxy-ca", VALID_DAYS),
  };
  for (const [name, authority] of Object.entries(authorities)) write(`${name}.crt`, authority.certificate);
  // The one authority whose key is needed again: the controller manager signs certificate requests with it.
  write("ca.key", authorities.ca.key);
  for (const [name, { authority, ...request }] of Object.entries(LEAVES)) {
    const made = await certificate({ ...request, validDays: VALID_DAYS }, authorities[authority]);
    write(`${name}.crt`, made.certificate);
    write(`${name}.key`, made.key);
  }
  const serviceAccounts = generateKeyPairSync("rsa", { modulusLength: 2048 });
  write("sa.key", serviceAccounts.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  write("sa.pub", serviceAccounts.publicKey.export({ type: "spki", format: "pem" }).toString());
  writeAtomic(marker, "");
  return true;
}

/** A set of before a certificate was added to the table is replaced like one near its end. */
const isWhole = (paths: ClusterPaths): boolean =>
  Object.keys(LEAVES).every((name) => readIfPresent(join(paths.pki, `${name}.crt`)) !== undefined);

/** A certificate more, signed by the cluster's own authority. */
export async function signedByCluster(
  paths: ClusterPaths,
  request: Omit<CertificateRequest, "validDays">,
): Promise<KeyAndCertificate> {
  const read = (file: PkiFile): string => readFileSync(pkiPath(paths, file), "utf8");
  return certificate({ ...request, validDays: VALID_DAYS }, await loadIssuer(read("ca.crt"), read("ca.key")));
}

function expiresSoon(paths: ClusterPaths): boolean {
  const text = readIfPresent(join(paths.pki, "apiserver.crt"));
  return text === undefined || new Date(new X509Certificate(text).validTo).getTime() - Date.now() < RENEW_BEFORE_MS;
}
