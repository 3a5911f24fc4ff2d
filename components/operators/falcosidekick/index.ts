import { z } from "zod";
import { cidr, httpsUrl } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { defineOperator } from "../frame/define";
import { exempt } from "../../exemptions";
import { clusterName, organisationOf, registry } from "../frame/facts";
import { between, endpoint, outside, peer, scrape } from "../frame/flows";
import { alertmanager } from "../prometheus/place";
import { eventRouter } from "./place";
import { logStore, tenant } from "../loki/place";
import { apart, budgetFor, linux, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { centralProblems, withoutCentral } from "../alloy/shared";
import { alerts } from "./alerts";
import { chart } from "./chart";

const { namespace: NAMESPACE, pods, port } = eventRouter;
const OUTPUTS_SECRET = "falcosidekick-outputs";
const from = peer(NAMESPACE, pods);

/** The chart's own appears only where the API server says that it knows the kind: not when the stack is new. */
function serviceMonitor(): Manifest {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "falcosidekick", namespace: NAMESPACE, labels: managedLabels },
    spec: {
      selector: { matchLabels: { ...pods.labels } },
      endpoints: [{ port: "http", interval: "30s" }],
    },
  };
}

export default defineOperator({
  name: "falcosidekick",
  title: "Falcosidekick: Falco's events to Alertmanager, to the log store, and to a central system.",
  enabledByDefault: true,
  namespaces: [
    {
      name: NAMESPACE,
      podSecurity: { level: "restricted", reason: "Runs restricted, apart from the privileged agents." },
    },
  ],
  settings: {
    alertPriority: z
      .enum(["critical", "error", "warning", "notice"])
      .default("warning")
      .describe("Least priority that alerts somebody."),
    central: z
      .strictObject({
        url: httpsUrl,
        cidrs: z.array(cidr).default([]),
      })
      .optional()
      .describe(
        "Webhook of a system outside the cluster that gets every event; its token is `WEBHOOK_CUSTOMHEADERS` in the Secret.",
      ),
    withoutCentral,
  },
  problems: ({ facts, settings }) => centralProblems("falcosidekick", facts, settings),
  alerts: [alerts],
  needs: ["external-secrets", "loki", "prometheus"],
  provides: ["event-router"],
  chart: { ...chart, release: "falcosidekick" },
  values: ({ facts, settings }) => ({
    replicaCount: 2,
    image: { registry: registry(facts, "docker.io") },
    imagePullSecrets: facts.images.pullSecret === undefined ? [] : [facts.images.pullSecret],
    priorityClassName: priorityClass.critical,
    podSecurityContext: podContext(1234),
    securityContext: restricted,
    resources: resources(["50m", "64Mi"], ["300m", "256Mi"]),
    nodeSelector: linux,
    affinity: { ...workerNodes, ...apart(pods.labels) },
    // A user interface with a fixed password and a database of its own.
    webui: { enabled: false },
    prometheusRules: { enabled: false },
    grafana: { dashboards: { enabled: facts.capabilities.has("monitors") } },
    config: {
      // Credentials as environment variables, so that none is in a value.
      existingSecret: OUTPUTS_SECRET,
      // Else the Service has a port that only a TLS server opens, and there is none.
      tlsserver: { notlspaths: "" },
      customfields: `organisation:${organisationOf(facts)},cluster:${clusterName(facts)}`,
      ...(facts.capabilities.has("monitoring-stack")
        ? {
            alertmanager: {
              hostport: alertmanager.url(facts.monitoringNamespace),
              // The chart's default answers 410 since Alertmanager 0.27 (falcosecurity/falcosidekick#1280).
              endpoint: "/api/v2/alerts",
              minimumpriority: settings.alertPriority,
            },
          }
        : {}),
      ...(facts.capabilities.has("log-store")
        ? { loki: { hostport: logStore.url, tenant: tenant.security, minimumpriority: "notice" } }
        : {}),
      ...(settings.central === undefined
        ? {}
        : { webhook: { address: settings.central.url, minimumpriority: "notice" } }),
    },
  }),
  secrets: ({ settings }) => [
    {
      from: "store",
      namespace: NAMESPACE,
      name: OUTPUTS_SECRET,
      values: {
        LOKI_USER: { key: "platform/loki", property: "username" },
        LOKI_APIKEY: { key: "platform/loki", property: "password" },
        ...(settings.central === undefined
          ? {}
          : { WEBHOOK_CUSTOMHEADERS: { key: "platform/falcosidekick", property: "webhook_headers" } }),
      },
      why: "Credentials of the outputs.",
    },
  ],
  objects: ({ facts }) => [
    budgetFor(NAMESPACE, pods),
    ...(facts.capabilities.has("monitors") ? [serviceMonitor()] : []),
  ],
  exemptions: () =>
    exempt(
      ["secrets/literal-secret"],
      { kind: "Secret", namespace: NAMESPACE, name: "falcosidekick" },
      "The chart keeps addresses and levels of its outputs in a Secret; credentials come from the secret store.",
    ),
  flows: ({ facts, settings }) => [
    between(
      from,
      peer(facts.monitoringNamespace, alertmanager.pods),
      [alertmanager.port],
      "Events that alert somebody",
    ),
    between(from, logStore.peer, [logStore.port], "Every event to the log store"),
    scrape(NAMESPACE, pods, port),
    ...(settings.central === undefined
      ? []
      : [
          outside(
            from,
            endpoint("central-events", settings.central.url, settings.central.cidrs),
            "Every event to the central system",
          ),
        ]),
  ],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "falcosidekick", port }],
});
