import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { z } from "zod";
import { ClusterError, reasonOf } from "./errors";

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

/** Which cluster: a kubeconfig's path (default: KUBECONFIG or ~/.kube/config) and its context (default: the current one). */
export interface ClusterAccess {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The context that the library makes up where it finds no file. */
const NO_FILE = "loaded-context";

/**
 * The kubeconfig with the wanted context as its current one, read as kubectl does: certificates, tokens, OIDC,
 * credential commands, proxies.
 *
 * @throws {ClusterError} when it cannot be read, or lacks the context or what the context names.
 */
export async function loadKubeconfig({ kubeconfig, context }: ClusterAccess): Promise<KubeConfig> {
  // The client library is an ES module; a dynamic import is the only way in from CommonJS.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const path = kubeconfig ?? "KUBECONFIG or ~/.kube/config";
  const remedy = "Give the path of a kubeconfig, or start the embedded cluster: npm start";
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new ClusterError(`cluster.kubeconfig: "${path}" cannot be read (${reasonOf(error)}). ${remedy}`);
  }
  const names = (config.contexts ?? []).map(({ name }) => name);
  if (names.length === 1 && names[0] === NO_FILE) {
    throw new ClusterError(
      `cluster.kubeconfig: is not set, and neither KUBECONFIG nor ~/.kube/config is there. ${remedy}`,
    );
  }
  if (names.length === 0) {
    throw new ClusterError(`cluster.kubeconfig: "${path}" is no kubeconfig: it has no contexts. ${remedy}`);
  }
  const wanted = context ?? config.getCurrentContext();
  if (!names.includes(wanted)) {
    throw new ClusterError(
      `cluster.context: "${wanted}" is not in the kubeconfig "${path}". It has: ${names.join(", ")}`,
    );
  }
  config.setCurrentContext(wanted);
  const missing = config.getCurrentCluster() === null ? "cluster" : config.getCurrentUser() === null ? "user" : "";
  if (missing !== "") {
    throw new ClusterError(
      `cluster.kubeconfig: context "${wanted}" of "${path}" names a ${missing} that is not in the file. Add the ${missing}, or take another context`,
    );
  }
  return withExecInfo(config);
}

const execCommand = z.looseObject({
  apiVersion: z.string(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});

/** Credential commands are told how they are asked (client.authentication.k8s.io, ExecCredential); the library leaves it out. */
function withExecInfo(config: KubeConfig): KubeConfig {
  const users = config.users.map((user) => {
    const { success, data } = execCommand.safeParse(user.exec);
    if (!success) return user;
    const request = { apiVersion: data.apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    const env = [...(data.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(request) }];
    return { ...user, exec: { ...data, env } };
  });
  const { clusters, contexts, currentContext } = config;
  config.loadFromOptions({ clusters, contexts, users, currentContext });
  return config;
}

/** Where the requests of a kubeconfig's current context go, and their TLS and credentials, renewed where they have ended. */
export async function requestOptions(config: KubeConfig): Promise<{ server: string; options: RequestOptions }> {
  const options: RequestOptions = {};
  const { server = "" } = config.getCurrentCluster() ?? {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new ClusterError(
      `cluster.kubeconfig: no credentials for context "${config.getCurrentContext()}" (${reasonOf(error).trim()}). ` +
        "Log in, or check the user's credential command in the kubeconfig",
    );
  }
  return { server, options };
}
