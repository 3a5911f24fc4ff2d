import { chartLock } from "../../charts/lock";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { priorityClass } from "../../priority-classes";
import { image, pullSecrets, type Facts } from "../frame/facts";
import { apart, linux, overZones, podContext, resources, restricted, workerNodes } from "../frame/pods";
import { pluginChart } from "./chart";
import { NAMESPACE, pluginPods } from "./places";

/** As the plugin calls itself (plugin-barman-cloud, internal/cnpgi/metadata). */
export const PLUGIN = "barman-cloud.cloudnative-pg.io";
export const PLUGIN_ACCOUNT = "plugin-barman-cloud";
export const PLUGIN_PORT = 9090;
const PROBE_PORT = 8081;
/** Its certificate names this Service, and the operator asks for that name (its docs, "Installation"). */
export const SERVICE = "barman-cloud";
export const SERVER_TLS = "barman-cloud-server-tls";
export const CLIENT_TLS = "barman-cloud-client-tls";

const USER = 10001;
const version = (): string => chartLock.get(pluginChart.entry)?.appVersion ?? "";

/** Image of the container that the plugin puts beside each PostgreSQL. */
export const sidecarImage = (facts: Pick<Facts, "images">): string =>
  image(facts, `ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:${version()}`);

/** The plugin: a Deployment, and the Service by which the operator finds it. */
export function plugin(facts: Facts): Manifest[] {
  const metadata = { name: PLUGIN_ACCOUNT, namespace: NAMESPACE, labels: { ...managedLabels, ...pluginPods.labels } };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        ...metadata,
        name: SERVICE,
        labels: { ...metadata.labels, "cnpg.io/pluginName": PLUGIN },
        annotations: {
          "cnpg.io/pluginClientSecret": CLIENT_TLS,
          "cnpg.io/pluginServerSecret": SERVER_TLS,
          "cnpg.io/pluginPort": String(PLUGIN_PORT),
        },
      },
      spec: {
        selector: { ...pluginPods.labels },
        ports: [{ name: "grpc", port: PLUGIN_PORT, targetPort: "grpc", protocol: "TCP" }],
      },
    },
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deployment(facts) },
  ];
}

function deployment(facts: Facts): Record<string, unknown> {
  return {
    replicas: 1,
    selector: { matchLabels: { ...pluginPods.labels } },
    // Two at once answer the operator from different versions; upstream's chart replaces it in the same way.
    strategy: { type: "Recreate" },
    template: {
      metadata: { labels: { ...managedLabels, ...pluginPods.labels } },
      spec: {
        serviceAccountName: PLUGIN_ACCOUNT,
        automountServiceAccountToken: true,
        priorityClassName: priorityClass.critical,
        imagePullSecrets: pullSecrets(facts),
        nodeSelector: linux,
        affinity: { ...workerNodes, ...apart(pluginPods.labels) },
        topologySpreadConstraints: overZones(pluginPods.labels),
        securityContext: podContext(USER),
        containers: [container(facts)],
        volumes: [secretVolume("server", SERVER_TLS), secretVolume("client", CLIENT_TLS)],
      },
    },
  };
}

function container(facts: Facts): Record<string, unknown> {
  const probe = (path: string) => ({ httpGet: { path, port: "probes" }, periodSeconds: 10 });
  return {
    name: "barman-cloud",
    image: image(facts, `ghcr.io/cloudnative-pg/plugin-barman-cloud:${version()}`),
    imagePullPolicy: "IfNotPresent",
    args: [
      "operator",
      "--server-cert=/server/tls.crt",
      "--server-key=/server/tls.key",
      "--client-cert=/client/tls.crt",
      `--server-address=:${PLUGIN_PORT}`,
      `--health-probe-bind-address=:${PROBE_PORT}`,
      "--leader-elect",
      // Upstream's chart logs every object that it is shown.
      "--log-level=info",
    ],
    env: [{ name: "SIDECAR_IMAGE", value: sidecarImage(facts) }],
    ports: [
      { name: "grpc", containerPort: PLUGIN_PORT, protocol: "TCP" },
      { name: "probes", containerPort: PROBE_PORT, protocol: "TCP" },
    ],
    startupProbe: { ...probe("/healthz"), failureThreshold: 30 },
    livenessProbe: probe("/healthz"),
    readinessProbe: { tcpSocket: { port: "grpc" }, periodSeconds: 10 },
    resources: resources(["20m", "64Mi"], ["500m", "256Mi"]),
    securityContext: { ...restricted, runAsUser: USER, runAsGroup: USER },
    volumeMounts: [
      { name: "server", mountPath: "/server", readOnly: true },
      { name: "client", mountPath: "/client", readOnly: true },
    ],
  };
}

const secretVolume = (name: string, secretName: string) => ({ name, secret: { secretName } });
