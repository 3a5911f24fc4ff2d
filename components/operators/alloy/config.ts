import { z } from "zod";
import { cidr, hostname, httpsUrl } from "../../../config/fields";
import { logStore, tenant } from "../loki/place";
import { eraserResults } from "../eraser/results";
import { kubeBenchResults } from "../kube-bench/results";
import { countedComponent, type Counted } from "./counted";
import { keycloakLogins } from "./logins";

/** The system outside the cluster that gets a copy of every log line. */
export const central = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("otlp"),
    url: httpsUrl.describe("OTLP over HTTP, e.g. https://otlp.example.nl."),
    cidrs: z.array(cidr).default([]),
  }),
  z.strictObject({
    type: z.literal("loki"),
    url: httpsUrl.describe("Loki's push endpoint."),
    cidrs: z.array(cidr).default([]),
  }),
  z.strictObject({
    type: z.literal("syslog"),
    host: hostname,
    port: z.int().min(1).max(65_535).default(6514),
    cidrs: z.array(cidr).default([]),
    acceptPublicPreview: z
      .literal(
        true,
        "must be true: Alloy's syslog exporter is a public preview, and all of Alloy then runs at that stability level",
      )
      .describe("Runs Alloy at stability level public-preview, which its syslog exporter needs."),
  }),
]);
export type Central = z.infer<typeof central>;

export interface Streams {
  readonly suiteNamespaces: readonly string[];
  readonly securityNamespaces: readonly string[];
  readonly logStore: boolean;
  readonly central: Central | undefined;
  /** Labels of every line in the central place: whose it is, and from which cluster. */
  readonly organisation: string;
  readonly cluster: string;
  /** Namespace of the suite's Keycloak. */
  readonly keycloak: string | undefined;
}

/** Namespaces whose logs are evidence. */
export const securityNamespaces = [
  "compliance",
  "eraser-system",
  "falco",
  "falco-audit",
  "falcosidekick",
  "kyverno",
  "trivy-system",
] as const;

const string = (text: string): string => JSON.stringify(text);
const anyOf = (namespaces: readonly string[]): string => [...namespaces].sort().join("|");

/** Loki inside the cluster; the tenant comes with each line. */
function storeWriter(defaultTenant: string): string {
  return `loki.write "store" {
  endpoint {
    url       = ${string(`${logStore.url}/loki/api/v1/push`)}
    tenant_id = ${string(defaultTenant)}
    basic_auth {
      username = sys.env("LOKI_USERNAME")
      password = sys.env("LOKI_PASSWORD")
    }
  }
}
`;
}

/** The copy outside the cluster, always over TLS with the server's certificate checked. */
function centralWriter(to: Central): string {
  switch (to.type) {
    case "loki":
      return `loki.write "central" {
  endpoint {
    url          = ${string(to.url)}
    bearer_token = sys.env("CENTRAL_TOKEN")
  }
}
`;
    case "otlp":
      return `otelcol.receiver.loki "central" {
  output { logs = [otelcol.processor.batch.central.input] }
}
otelcol.processor.batch "central" {
  output { logs = [otelcol.exporter.otlphttp.central.input] }
}
otelcol.auth.bearer "central" {
  token = sys.env("CENTRAL_TOKEN")
}
otelcol.exporter.otlphttp "central" {
  client {
    endpoint = ${string(to.url)}
    auth     = otelcol.auth.bearer.central.handler
  }
  sending_queue {
    enabled    = true
    queue_size = 10000
  }
}
`;
    case "syslog":
      return `otelcol.receiver.loki "central" {
  output { logs = [otelcol.exporter.syslog.central.input] }
}
otelcol.exporter.syslog "central" {
  endpoint = ${string(to.host)}
  port     = ${to.port}
  network  = "tcp"
  protocol = "rfc5424"
  tls {
    insecure = false
  }
}
`;
  }
}

function receivers({ logStore: hasStore, central: to }: Streams): string {
  const store = hasStore ? ["loki.write.store.receiver"] : [];
  return [...store, ...(to === undefined ? [] : ["loki.process.central.receiver"])].join(", ");
}

/** In a place that many clusters write to, whose line it is. */
function labelled(to: Central, { organisation, cluster }: Streams): string {
  const receiver = to.type === "loki" ? "loki.write.central.receiver" : "otelcol.receiver.loki.central.receiver";
  return `loki.process "central" {
  forward_to = [${receiver}]
  stage.static_labels {
    values = {"organisation" = ${string(organisation)}, "cluster" = ${string(cluster)}}
  }
}
`;
}

function writers(streams: Streams, defaultTenant: string): string {
  const { central: to, logStore: hasStore } = streams;
  return `${hasStore ? storeWriter(defaultTenant) : ""}${to === undefined ? "" : `${labelled(to, streams)}${centralWriter(to)}`}`;
}

/** Every metric that is made from logs; what is not there writes no lines. */
const metricsFrom = ({ keycloak }: Pick<Streams, "keycloak">): readonly Counted[] => [
  ...kubeBenchResults,
  ...eraserResults,
  ...(keycloak === undefined ? [] : [keycloakLogins(keycloak)]),
];

/** Logs of every pod and the cluster's events, through the Kubernetes API: no host access. */
export function podLogs(streams: Streams): string {
  return `logging {
  level  = "info"
  format = "json"
}
discovery.kubernetes "pods" {
  role = "pod"
}
discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]
    target_label  = "component"
  }
  rule {
    source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_node_name"]
    regex         = "(?:compliance|eraser-system);(.+)"
    target_label  = "node"
  }
  rule {
    target_label = "tenant"
    replacement  = ${string(tenant.platform)}
  }
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    regex         = ${string(anyOf(streams.suiteNamespaces))}
    target_label  = "tenant"
    replacement   = ${string(tenant.apps)}
  }
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    regex         = ${string(anyOf(streams.securityNamespaces))}
    target_label  = "tenant"
    replacement   = ${string(tenant.security)}
  }
}
loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.process.tenant.receiver, loki.process.counted.receiver]
  clustering {
    enabled = true
  }
}
loki.source.kubernetes_events "events" {
  log_format = "json"
  forward_to = [${receivers(streams)}]
}
loki.process "tenant" {
  forward_to = [${receivers(streams)}]
  stage.tenant {
    label = "tenant"
  }
  stage.label_drop {
    values = ["tenant"]
  }
}
${countedComponent(metricsFrom(streams))}${writers(streams, tenant.platform)}`;
}

/** The API server's audit log, from the files that it writes on control-plane nodes. */
export function auditLog(streams: Streams, path: string): string {
  return `logging {
  level  = "info"
  format = "json"
}
local.file_match "audit" {
  path_targets = [{"__path__" = ${string(path)}, "job" = "kube-apiserver-audit", "node" = sys.env("HOSTNAME")}]
}
loki.source.file "audit" {
  targets    = local.file_match.audit.targets
  forward_to = [loki.process.audit.receiver]
}
loki.process "audit" {
  forward_to = [${receivers(streams)}]
  stage.json {
    expressions = {"verb" = "verb", "resource" = "objectRef.resource", "at" = "requestReceivedTimestamp"}
  }
  stage.labels {
    values = {"verb" = "", "resource" = ""}
  }
  stage.timestamp {
    source = "at"
    format = "RFC3339Nano"
  }
}
${writers(streams, tenant.audit)}`;
}
