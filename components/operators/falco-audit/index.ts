import { z } from "zod";
import { registryCidrs } from "../../../config/fields";
import { auditService } from "../../audit-policy";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { falcoctl, fetcher, withoutToken } from "../falco/artifacts";
import { registryLogins } from "../frame/registry-login";
import { exceptionsTo } from "../falco/exceptions";
import { ruleFacts } from "../falco/rule-facts";
import { auditRuleFile } from "../falco/rules";
import { auditRules } from "../falco/rules/audit";
import { pullSecrets, registry } from "../frame/facts";
import { between, group, peer, registries, scrape, webhook } from "../frame/flows";
import { eventRouter } from "../falcosidekick/place";
import type { ChartPatch } from "../frame/patch";
import { linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { chart } from "./chart";
import { flowsOf, mountsOf, pluginOf, problems, secretsOf, source, valuesOf } from "./source";

const NAMESPACE = "falco-audit";
const RELEASE = "falco-audit";
const server = group("falco-audit", { "app.kubernetes.io/name": "falco", "app.kubernetes.io/instance": RELEASE });
const METRICS_PORT = 8765;
/** The API server's audit webhook posts here; `npm run audit` writes its side. */
const { port: AUDIT_PORT, name: SERVICE, certificate: TLS_SECRET } = auditService;

const auditPort: ChartPatch = {
  kind: "Deployment",
  name: RELEASE,
  patch: {
    spec: {
      template: {
        spec: {
          containers: [{ name: "falco", ports: [{ name: "https", containerPort: AUDIT_PORT, protocol: "TCP" }] }],
        },
      },
    },
  },
  reason: "The plugin opens the port by its own configuration; the chart has no value to declare it.",
};

export default defineOperator({
  name: "falco-audit",
  title: "Falco on the API server's audit events: who read which Secret, who went into which pod.",
  duties: [
    "Self-managed control planes: kube-apiserver runs with the files that `npm run audit -- --stack <stack> --out <folder>` writes: audit policy, webhook configuration, flags. It reaches the Service falco-audit-webhook on port 9765, by its cluster IP.",
    "Managed control planes: audit logs are switched on at the provider, and `source` says where it keeps them.",
    "`platformUsers` names who runs `pulumi up`: else each of its changes of a guardrail alerts.",
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
    source: source
      .default({ type: "webhook" })
      .describe("Where audit events come from: the API server's webhook, or the service of the provider that runs it."),
    platformUsers: z
      .array(z.string().min(1))
      .default([])
      .describe("Users, as the API server names them, that run `pulumi up`; their changes of guardrails do not alert."),
    exceptions: exceptionsTo(auditRules, "k8s_audit"),
    maxEventSize: z.int().positive().default(262_144).describe("Bytes; larger audit events are dropped by the plugin."),
  },
  problems: ({ facts, settings }) => problems(facts, settings.source),
  needs: ["cert-manager", "falcosidekick", "prometheus"],
  requires: ["certificates"],
  chart: { ...chart, release: RELEASE },
  values: ({ facts, settings }) => {
    const { artifact, plugin } = pluginOf(settings.source, { port: AUDIT_PORT, maxEventSize: settings.maxEventSize });
    return {
      ...valuesOf(settings.source),
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
      falcoctl: falcoctl(facts, [artifact, "json"]),
      services:
        settings.source.type === "webhook"
          ? [
              {
                name: "webhook",
                type: "ClusterIP",
                ports: [{ name: "https", port: AUDIT_PORT, targetPort: AUDIT_PORT, protocol: "TCP" }],
              },
            ]
          : [],
      mounts: mountsOf(settings.source),
      falco: {
        // True mounts /proc of the host even without a driver.
        plugins_hostinfo: false,
        // Ours alone: upstream's are for clusters on which it is not known who does what, and tell of each read of a Secret
        // and of each user that they have no name of.
        rules_files: ["/etc/falco/rules.d"],
        json_output: true,
        syslog_output: { enabled: false },
        log_syslog: false,
        plugins: [plugin, { name: "json", library_path: "libjson.so", init_config: "" }],
        load_plugins: [plugin.name, "json"],
        webserver: { enabled: true, prometheus_metrics_enabled: true },
        http_output: facts.capabilities.has("event-router")
          ? { enabled: true, url: eventRouter.url }
          : { enabled: false },
      },
      metrics: { enabled: true, service: { create: true } },
      serviceMonitor: { create: facts.capabilities.has("monitors") },
      customRules: { "mijnbureau-audit.yaml": auditRuleFile(ruleFacts(facts, settings)) },
      falcosidekick: { enabled: false },
    };
  },
  secrets: ({ facts, settings }) => [
    ...secretsOf(settings.source, NAMESPACE),
    ...(settings.source.type === "webhook"
      ? [
          {
            from: "certificate",
            namespace: NAMESPACE,
            name: TLS_SECRET,
            dnsNames: [`${SERVICE}.${NAMESPACE}.svc`, `${SERVICE}.${NAMESPACE}.svc.${facts.cluster.domain}`],
            // The plugin reads key and certificate from one file.
            combined: true,
            why: "Audit events are sent over TLS only.",
          } as const,
        ]
      : []),
  ],
  patches: ({ facts, settings }) => [
    ...registryLogins(facts, [fetcher("Deployment", RELEASE)]),
    withoutToken("Deployment", RELEASE),
    ...(settings.source.type === "webhook" ? [auditPort] : []),
  ],
  flows: ({ facts, settings }) => [
    ...(settings.source.type === "webhook" ? [webhook(NAMESPACE, server, AUDIT_PORT, "Audit events")] : []),
    ...flowsOf(settings.source, NAMESPACE, server),
    between(peer(NAMESPACE, server), eventRouter.peer, [eventRouter.port], "Events to the router"),
    registries(facts, peer(NAMESPACE, server), settings.registryCidrs, "Rules and plugins, when the pod starts"),
    scrape(NAMESPACE, server, METRICS_PORT),
  ],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: RELEASE, port: METRICS_PORT }],
});
