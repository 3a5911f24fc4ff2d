import { z } from "zod";
import { registryCidrs } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { falcoctl } from "../falco/artifacts";
import { ruleFacts } from "../falco";
import { auditRuleFile } from "../falco/rules";
import { pullSecrets, registry } from "../frame/facts";
import { between, group, peer, registries, scrape, webhook } from "../frame/flows";
import { eventRouter } from "../falcosidekick/place";
import { linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { chart } from "./chart";

const NAMESPACE = "falco-audit";
const RELEASE = "falco-audit";
const TLS_SECRET = "falco-audit-tls";
const server = group("falco-audit", { "app.kubernetes.io/name": "falco", "app.kubernetes.io/instance": RELEASE });
const METRICS_PORT = 8765;
/** The API server's audit webhook posts here; components/operators/falco-audit/audit-policy.ts writes its side. */
export const AUDIT_PORT = 9765;
const SERVICE = `${RELEASE}-webhook`;

export default defineOperator({
  name: "falco-audit",
  title: "Falco on the API server's audit events: who read which Secret, who went into which pod.",
  duties: [
    "Self-managed control planes: kube-apiserver runs with the audit policy and the webhook configuration that the platform generates; it reaches the Service falco-audit-webhook on port 9765, by its cluster IP or through an address of the nodes.",
    "Managed control planes: the provider has the audit events; read them with the plugin of the provider (k8saudit-eks, -aks, -gke) instead.",
  ],
  enabledByDefault: true,
  namespaces: [
    {
      name: NAMESPACE,
      podSecurity: { level: "restricted", reason: "Plugin only: no driver, no collectors, no host information." },
    },
  ],
  settings: {
    registryCidrs: registryCidrs.describe("Registry of Falco's rules and plugins; empty: the public internet."),
    maxEventSize: z.int().positive().default(262_144).describe("Bytes; larger audit events are dropped by the plugin."),
  },
  needs: ["cert-manager", "falcosidekick", "prometheus"],
  requires: ["certificates"],
  chart: { ...chart, release: RELEASE },
  values: ({ facts, settings }) => ({
    image: { registry: registry(facts, "docker.io") },
    imagePullSecrets: pullSecrets(facts),
    // Of any other kind the chart would let it write its own ConfigMap.
    driver: {
      enabled: false,
      kind: "modern_ebpf",
      loader: { initContainer: { image: { registry: registry(facts, "docker.io") } } },
    },
    collectors: { enabled: false },
    // Two replicas would each get half of the events, and some twice.
    controller: { kind: "deployment", deployment: { replicas: 1 } },
    podSecurityContext: podContext(65_532),
    containerSecurityContext: restricted,
    podPriorityClassName: priorityClass.critical,
    resources: resources(["100m", "256Mi"], ["1", "1Gi"]),
    nodeSelector: linux,
    tolerations: [],
    affinity: workerNodes,
    falcoctl: falcoctl(facts, ["k8sAuditRules", "k8sAudit", "json"]),
    services: [
      {
        name: "webhook",
        type: "ClusterIP",
        ports: [{ name: "https", port: AUDIT_PORT, targetPort: AUDIT_PORT, protocol: "TCP" }],
      },
    ],
    mounts: {
      volumes: [{ name: "audit-tls", secret: { secretName: TLS_SECRET } }],
      volumeMounts: [{ name: "audit-tls", mountPath: "/etc/falco-tls", readOnly: true }],
    },
    falco: {
      // True mounts /proc of the host even without a driver.
      plugins_hostinfo: false,
      rules_files: ["/etc/falco/k8s_audit_rules.yaml", "/etc/falco/rules.d"],
      json_output: true,
      syslog_output: { enabled: false },
      log_syslog: false,
      plugins: [
        {
          name: "k8saudit",
          library_path: "libk8saudit.so",
          init_config: { sslCertificate: "/etc/falco-tls/tls-combined.pem", maxEventSize: settings.maxEventSize },
          open_params: `https://:${AUDIT_PORT}/k8s-audit`,
        },
        { name: "json", library_path: "libjson.so", init_config: "" },
      ],
      load_plugins: ["k8saudit", "json"],
      webserver: { enabled: true, prometheus_metrics_enabled: true },
      http_output: facts.capabilities.has("event-router")
        ? { enabled: true, url: eventRouter.url }
        : { enabled: false },
    },
    metrics: { enabled: true, service: { create: true } },
    serviceMonitor: { create: facts.capabilities.has("monitors") },
    customRules: { "mijnbureau-audit.yaml": auditRuleFile(ruleFacts(facts, [])) },
    falcosidekick: { enabled: false },
  }),
  secrets: ({ facts }) => [
    {
      from: "certificate",
      namespace: NAMESPACE,
      name: TLS_SECRET,
      dnsNames: [`${SERVICE}.${NAMESPACE}.svc`, `${SERVICE}.${NAMESPACE}.svc.${facts.cluster.domain}`],
      // The plugin reads key and certificate from one file.
      combined: true,
      why: "Audit events are sent over TLS only.",
    },
  ],
  flows: ({ facts, settings }) => [
    webhook(NAMESPACE, server, AUDIT_PORT, "Audit events"),
    between(peer(NAMESPACE, server), eventRouter.peer, [eventRouter.port], "Events to the router"),
    registries(facts, peer(NAMESPACE, server), settings.registryCidrs, "Rules and plugins, when the pod starts"),
    scrape(NAMESPACE, server, METRICS_PORT),
  ],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: RELEASE, port: METRICS_PORT }],
});
