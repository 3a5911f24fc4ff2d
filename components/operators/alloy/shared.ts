import { z } from "zod";
import type { MetricSource } from "../../monitoring/sources";
import type { Flow, PodGroup } from "../../../suite/flow";
import type { Context } from "../frame/define";
import { clusterName, organisationOf, pullSecrets, registry, type Facts } from "../frame/facts";
import type { JsonObject } from "../frame/manifest";
import { between, outside, peer, scrape } from "../frame/flows";
import { logStore } from "../loki/place";
import { resources } from "../frame/pods";
import type { SecretSource } from "../frame/secrets";
import { securityNamespaces, type Central, type Streams } from "./config";

export const HTTP_PORT = 12_345;
const CREDENTIALS = "alloy-credentials";

interface WithCentral {
  readonly central?: Central | undefined;
}

/** Setting beside `central`: why there is none. */
export const withoutCentral = z
  .string()
  .min(10, "says too little: who decided it, and why, in a sentence")
  .optional()
  .describe("Why nothing is copied outside the cluster, where `central` is absent; acc and prod need one of the two.");

/** OTLP and syslog leave by the OpenTelemetry components, which count by themselves. */
export const metricSources = (to: Central | undefined): MetricSource[] =>
  to === undefined || to.type === "loki" ? [] : ["opentelemetry-export"];

/** Whether a stack whose logs are evidence says where they go, or why nowhere: who takes over the cluster takes its logs. */
export function centralProblems(
  operator: string,
  { environment }: Pick<Facts, "environment">,
  { central, withoutCentral: reason }: { readonly central?: unknown; readonly withoutCentral?: string | undefined },
): string[] {
  if (central !== undefined && reason !== undefined)
    return [`operators.${operator}.withoutCentral: there is a central system as well; remove one of the two`];
  if (central !== undefined || reason !== undefined || environment === "dev") return [];
  return [
    `operators.${operator}.central: ${environment} keeps no copy outside the cluster, where an intruder cannot reach it; ` +
      `name a system, or say why not in operators.${operator}.withoutCentral`,
  ];
}

export function streams({ facts, settings }: Context<WithCentral>): Streams {
  return {
    suiteNamespaces: facts.apps.map(({ namespace }) => namespace),
    securityNamespaces: [...securityNamespaces],
    logStore: facts.capabilities.has("log-store"),
    central: settings.central,
    organisation: organisationOf(facts),
    cluster: clusterName(facts),
    keycloak: facts.apps.find(({ key }) => key === "keycloak")?.namespace,
  };
}

/** That it takes connections: its own health answers for every component, of the log store too, and a restart mends none. */
export const alive = { tcpSocket: { port: HTTP_PORT } } as const;

/** What both releases of the chart have in common. */
export function commonValues(facts: Facts, podSecurityContext: JsonObject): JsonObject {
  return {
    global: {
      image: { pullSecrets: pullSecrets(facts) },
      podSecurityContext,
    },
    image: { registry: registry(facts, "docker.io") },
    crds: { create: false },
    configReloader: {
      enabled: true,
      image: { registry: registry(facts, "quay.io") },
      resources: resources(["10m", "50Mi"], ["100m", "100Mi"]),
    },
    networkPolicy: { enabled: false },
    serviceMonitor: { enabled: facts.capabilities.has("monitors") },
  };
}

export const volumes = {
  extra: [
    { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
    { name: "data", emptyDir: { sizeLimit: "2Gi" } },
  ],
};
export const mounts = [
  { name: "tmp", mountPath: "/tmp" },
  { name: "data", mountPath: "/var/lib/alloy" },
];

const logins = ({ central }: WithCentral) => ({
  LOKI_USERNAME: { key: "platform/loki", property: "username" },
  LOKI_PASSWORD: { key: "platform/loki", property: "password" },
  ...(central === undefined || central.type === "syslog"
    ? {}
    : { CENTRAL_TOKEN: { key: "platform/central-logs", property: "token" } }),
});

/** Each by its name: whoever writes the Secret adds no variable of his own, such as one that has a program load another. */
export const loginVariables = (settings: WithCentral): JsonObject[] =>
  Object.keys(logins(settings)).map((name) => ({
    name,
    valueFrom: { secretKeyRef: { name: CREDENTIALS, key: name } },
  }));

export function credentials(namespace: string, settings: WithCentral): SecretSource[] {
  return [
    {
      from: "store",
      namespace,
      name: CREDENTIALS,
      values: logins(settings),
      why: "Login at the log store, and at the central system.",
    },
  ];
}

export function flows(namespace: string, pods: PodGroup, { central }: WithCentral): Flow[] {
  return [
    between(peer(namespace, pods), logStore.peer, [logStore.port], "Logs to the store"),
    scrape(namespace, pods, HTTP_PORT),
    ...(central === undefined
      ? []
      : [outside(peer(namespace, pods), centralPlace(central), "Copy of the logs outside the cluster")]),
  ];
}

function centralPlace(central: Central) {
  const name = "central-logs";
  if (central.type === "syslog") return { name, hosts: [central.host], cidrs: central.cidrs, ports: [central.port] };
  const { hostname, port } = new URL(central.url);
  return { name, hosts: [hostname], cidrs: central.cidrs, ports: [port === "" ? 443 : Number(port)] };
}
