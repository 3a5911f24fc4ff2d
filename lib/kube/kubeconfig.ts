import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { ClusterError, reasonOf } from "./errors";

/** How to reach an API server, with everything read into memory. */
export interface Connection {
  readonly server: string;
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  readonly serverName?: string | undefined;
  readonly insecure?: boolean | undefined;
}

interface KubeconfigEntry {
  readonly cluster: string;
  readonly user: string;
  readonly server: string;
  readonly ca: string;
}

export interface KubeconfigUser extends KubeconfigEntry {
  readonly certificate: string;
  readonly key: string;
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** A kubeconfig with one context and everything inside, so that it can be copied on its own. */
function oneContext(entry: KubeconfigEntry, credentials: Readonly<Record<string, string>>): string {
  const { cluster, user, server, ca } = entry;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": cluster,
    clusters: [{ name: cluster, cluster: { server, "certificate-authority-data": base64(ca) } }],
    contexts: [{ name: cluster, context: { cluster, user } }],
    users: [{ name: user, user: credentials }],
  });
}

export function kubeconfigText(entry: KubeconfigUser): string {
  return oneContext(entry, {
    "client-certificate-data": base64(entry.certificate),
    "client-key-data": base64(entry.key),
  });
}

export const tokenKubeconfigText = (entry: KubeconfigEntry & { readonly token: string }): string =>
  oneContext(entry, { token: entry.token });

// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
const execSchema = z.object({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().nullish(),
});
const userSchema = z.object({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  exec: execSchema.optional(),
});
const clusterSchema = z.object({
  server: z.url(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "tls-server-name": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
});
const kubeconfigSchema = z.object({
  "current-context": z.string().optional(),
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema })),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  users: z.array(z.object({ name: z.string(), user: userSchema })),
});

/** The connection of a kubeconfig's context, or of its current one. */
export function loadConnection(path: string, context?: string): Connection {
  const config = readKubeconfig(path);
  const wanted = context ?? config["current-context"] ?? "";
  const entry = config.contexts.find(({ name }) => name === wanted);
  if (entry === undefined) {
    const known = config.contexts.map(({ name }) => name).join(", ");
    throw new ClusterError(`kubeconfig ${path} has no context "${wanted}". It has: ${known === "" ? "none" : known}.`);
  }
  const cluster = config.clusters.find(({ name }) => name === entry.context.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === entry.context.user)?.user;
  if (cluster === undefined || user === undefined) {
    throw new ClusterError(
      `kubeconfig ${path}: context "${wanted}" names cluster "${entry.context.cluster}" and user ` +
        `"${entry.context.user}"; ${cluster === undefined ? "that cluster" : "that user"} is not in the file.`,
    );
  }
  const text = (data: string | undefined, file: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
    return file === undefined ? undefined : readReferenced(path, file);
  };
  const plugin = user.exec === undefined ? {} : runCredentialPlugin(path, user.exec);
  return {
    server: cluster.server,
    ca: text(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    certificate: text(user["client-certificate-data"], user["client-certificate"]),
    key: text(user["client-key-data"], user["client-key"]),
    token: user.token ?? (user.tokenFile === undefined ? undefined : readReferenced(path, user.tokenFile).trim()),
    serverName: cluster["tls-server-name"],
    insecure: cluster["insecure-skip-tls-verify"],
    ...plugin,
  };
}

function readKubeconfig(path: string): z.infer<typeof kubeconfigSchema> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ClusterError(`cannot read kubeconfig ${path}: ${reasonOf(error)}.`);
  }
  const parsed = kubeconfigSchema.safeParse(content);
  if (!parsed.success) throw new ClusterError(`${path} is not a kubeconfig:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function readReferenced(kubeconfig: string, file: string): string {
  const path = isAbsolute(file) ? file : join(dirname(kubeconfig), file);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ClusterError(`kubeconfig ${kubeconfig} refers to ${path}, which cannot be read: ${reasonOf(error)}.`);
  }
}

const credentialSchema = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

/** Managed clusters hand out credentials through a command (client.authentication.k8s.io, ExecCredential). */
function runCredentialPlugin(path: string, plugin: z.infer<typeof execSchema>): Partial<Connection> {
  const request = { apiVersion: plugin.apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const extra = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  const answer = spawnSync(plugin.command, plugin.args ?? [], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, ...extra, KUBERNETES_EXEC_INFO: JSON.stringify(request) },
  });
  const failed = `the credential command "${plugin.command}" of kubeconfig ${path}`;
  if (answer.error !== undefined) {
    throw new ClusterError(`${failed} does not run: ${answer.error.message}. ${plugin.installHint ?? ""}`.trimEnd());
  }
  if (answer.status !== 0) throw new ClusterError(`${failed} fails: ${answer.stderr.trim()}`);
  try {
    const { status } = credentialSchema.parse(JSON.parse(answer.stdout));
    return {
      ...(status.token === undefined ? {} : { token: status.token }),
      ...(status.clientCertificateData === undefined ? {} : { certificate: status.clientCertificateData }),
      ...(status.clientKeyData === undefined ? {} : { key: status.clientKeyData }),
    };
  } catch {
    throw new ClusterError(`${failed} does not answer with an ExecCredential.`);
  }
}
