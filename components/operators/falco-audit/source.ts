import { z } from "zod";
import { cidr, hostname } from "../../../config/fields";
import { auditService } from "../../audit-policy";
import type { Flow, PodGroup } from "../../../suite/flow";
import type { Facts } from "../frame/facts";
import { outside, peer } from "../frame/flows";
import type { JsonObject } from "../frame/manifest";
import type { SecretSource } from "../frame/secrets";
import { awsRole } from "../frame/workload-identity";
import type { Artifact } from "../falco/artifacts";

const cidrs = z
  .array(cidr)
  .default([])
  .describe("Address ranges of the provider's service; empty: by name, where the plugin can.");

/** Where the audit events come from: the API server itself, or the service of a provider that runs the control plane. */
export const source = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("webhook") }),
  z.strictObject({
    type: z.literal("eks"),
    cluster: z.string().min(1).describe("Name of the cluster, whose control plane logs type `audit` to CloudWatch."),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "is not a region of AWS; example: eu-central-1"),
    roleArn: z.string().startsWith("arn:").describe("Role that may read the log group, for the account falco-audit."),
    cidrs,
  }),
  z.strictObject({
    type: z.literal("aks"),
    eventHub: z.string().min(1).describe("Event hub to which the diagnostic setting sends category kube-audit."),
    eventHubHost: hostname.describe("Its namespace: <name>.servicebus.windows.net."),
    container: z.string().min(1).describe("Container of the storage account in which it keeps how far it has read."),
    storageHost: hostname.describe("The storage account: <name>.blob.core.windows.net."),
    cidrs,
  }),
  z.strictObject({
    type: z.literal("gke"),
    project: z.string().min(1).describe("Project of the subscription."),
    subscription: z.string().min(1).describe("Pub/Sub subscription that a log sink for k8s.io fills."),
    cidrs,
  }),
]);
export type Source = z.infer<typeof source>;

/** A plugin of Falco as falco.yaml has it. */
export interface Plugin {
  readonly artifact: Artifact;
  readonly plugin: JsonObject & { readonly name: string };
}

const PROVIDER_SECRET = "falco-audit-provider";
const CREDENTIALS = "/etc/falco-provider";

/** The plugin that reads the events (falcosecurity/plugins, README of each). Secrets come by environment or as a file. */
export function pluginOf(given: Source, { port, maxEventSize }: { port: number; maxEventSize: number }): Plugin {
  switch (given.type) {
    case "webhook":
      return {
        artifact: "k8sAudit",
        plugin: {
          name: "k8saudit",
          library_path: "libk8saudit.so",
          init_config: { sslCertificate: "/etc/falco-tls/tls-combined.pem", maxEventSize },
          open_params: `https://:${port}/k8s-audit`,
        },
      };
    case "eks":
      return {
        artifact: "k8sAuditEks",
        plugin: {
          name: "k8saudit-eks",
          library_path: "libk8saudit-eks.so",
          init_config: {
            region: given.region,
            use_async: false,
            polling_interval: 10,
            shift: 10,
            max_event_size: maxEventSize,
          },
          open_params: given.cluster,
        },
      };
    case "aks":
      return {
        artifact: "k8sAuditAks",
        plugin: {
          name: "k8saudit-aks",
          library_path: "libk8saudit-aks.so",
          init_config: {
            event_hub_namespace_connection_string: "${EVENT_HUB_CONNECTION}",
            event_hub_name: given.eventHub,
            blob_storage_connection_string: "${BLOB_STORAGE_CONNECTION}",
            blob_storage_container_name: given.container,
          },
          open_params: "",
        },
      };
    case "gke":
      return {
        artifact: "k8sAuditGke",
        plugin: {
          name: "k8saudit-gke",
          library_path: "libk8saudit-gke.so",
          init_config: {
            project_id: given.project,
            credentials_file: `${CREDENTIALS}/credentials.json`,
            use_async: false,
            max_event_size: maxEventSize,
          },
          open_params: given.subscription,
        },
      };
  }
}

/** Keys of the Secret by which the plugin logs in at the provider; none where an identity of the cluster does. */
const keysOf = ({ type }: Source): readonly string[] =>
  type === "aks" ? ["EVENT_HUB_CONNECTION", "BLOB_STORAGE_CONNECTION"] : type === "gke" ? ["credentials.json"] : [];

export function secretsOf(given: Source, namespace: string): SecretSource[] {
  const keys = keysOf(given);
  if (keys.length === 0) return [];
  const place = (key: string) => ({ key: "platform/falco-audit", property: key.toLowerCase().replaceAll(".", "_") });
  return [
    {
      from: "store",
      namespace,
      name: PROVIDER_SECRET,
      values: Object.fromEntries(keys.map((key) => [key, place(key)])),
      why: "Login at the provider's service of audit events.",
    },
  ];
}

/** Values of the chart that go with it. */
export function valuesOf(given: Source): JsonObject {
  switch (given.type) {
    case "webhook":
      return {};
    case "eks":
      return { serviceAccount: { annotations: awsRole(given.roleArn) } };
    case "aks":
      return {
        extra: {
          env: keysOf(given).map((key) => ({
            name: key,
            valueFrom: { secretKeyRef: { name: PROVIDER_SECRET, key } },
          })),
        },
      };
    case "gke":
      return {};
  }
}

/** What is mounted for it. */
export function mountsOf({ type }: Source): JsonObject {
  const mounted = (name: string, secretName: string, mountPath: string): JsonObject => ({
    volumes: [{ name, secret: { secretName } }],
    volumeMounts: [{ name, mountPath, readOnly: true }],
  });
  if (type === "webhook") return mounted("audit-tls", auditService.certificate, "/etc/falco-tls");
  return type === "gke" ? mounted("provider", PROVIDER_SECRET, CREDENTIALS) : { volumes: [], volumeMounts: [] };
}

export function flowsOf(given: Source, namespace: string, pods: PodGroup): Flow[] {
  const hosts = hostsOf(given);
  if (given.type === "webhook" || hosts.length === 0) return [];
  const ports = given.type === "aks" ? [443, 5671] : [443];
  const place = { name: "audit-events", hosts, cidrs: given.cidrs, ports };
  return [outside(peer(namespace, pods), place, "Audit events of the provider")];
}

function hostsOf(given: Source): string[] {
  switch (given.type) {
    case "webhook":
      return [];
    case "eks":
      return [`logs.${given.region}.amazonaws.com`, `sts.${given.region}.amazonaws.com`];
    case "aks":
      return [given.eventHubHost, given.storageHost];
    case "gke":
      return ["pubsub.googleapis.com", "oauth2.googleapis.com"];
  }
}

/** Whether a stack says from where its events come; without that, nothing is detected at its API server. */
export function problems({ cluster }: Pick<Facts, "cluster">, { type }: Source): string[] {
  const { distribution } = cluster;
  const managed = ["eks", "aks", "gke"].includes(distribution);
  if (managed && type !== distribution)
    return [
      `operators.falco-audit.source: is ${type}; the control plane of ${distribution} takes no flags, so name where the provider keeps its audit events: type ${distribution}. Or leave Falco out there: operators.falco-audit.enabled: false`,
    ];
  if (!managed && type !== "webhook")
    return [
      `operators.falco-audit.source: is ${type}, and cluster.distribution is ${distribution}; give one of that provider`,
    ];
  // Providers of other distributions often take an audit webhook: theirs to say.
  return [];
}
