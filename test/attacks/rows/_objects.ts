import type { KubeObject } from "../../../lib/kube/client";
import { namespaceOfApp } from "../attack";

/** Domain of the dev stack. */
export const DOMAIN = "mijnbureau.localhost";
/** The app whose deployer most attacks are tried with, and a host of its own. */
export const APP = "docs";
export const NAMESPACE = namespaceOfApp(APP);
export const OWN_HOST = `docs.${DOMAIN}`;
export const LOGIN_HOST = `id.${DOMAIN}`;

interface Meta {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
}

/** An object of the attacked app. */
export const object = (
  apiVersion: string,
  kind: string,
  content: Readonly<Record<string, unknown>>,
  meta: Meta = {},
): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "attack", namespace: NAMESPACE, ...meta },
  ...content,
});

const backend = { service: { name: "web", port: { number: 80 } } };
export const path = { path: "/", pathType: "Prefix", backend };

export const ingress = (spec: Readonly<Record<string, unknown>>, meta: Meta = {}): KubeObject =>
  object("networking.k8s.io/v1", "Ingress", { spec }, meta);

/** An Ingress as the suite's charts make them. */
export const ownIngress = (meta: Meta = {}): KubeObject =>
  ingress(
    {
      ingressClassName: "traefik",
      rules: [{ host: OWN_HOST, http: { paths: [path] } }],
      tls: [{ hosts: [OWN_HOST], secretName: "docs-tls" }],
    },
    meta,
  );

/** The spec of a Certificate for the app's own host. */
export const certificate = (extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  secretName: "attack-tls",
  dnsNames: [OWN_HOST],
  issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "platform-acme" },
  ...extra,
});

export const service = (spec: Readonly<Record<string, unknown>> = {}, meta: Meta = {}): KubeObject =>
  object("v1", "Service", { spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec } }, meta);

/** A container that nothing is wrong with. */
export const container = (extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  name: "main",
  image: "docker.io/lasuite/impress-backend:v3.0.0",
  imagePullPolicy: "Always",
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "32Mi" } },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: 10_001,
    runAsGroup: 10_001,
    seccompProfile: { type: "RuntimeDefault" },
  },
  ...extra,
});

/** The spec of a pod that nothing is wrong with. */
export const podSpec = (extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  automountServiceAccountToken: false,
  containers: [container()],
  ...extra,
});

export const pod = (spec: Readonly<Record<string, unknown>> = {}, meta: Meta = {}): KubeObject =>
  object("v1", "Pod", { spec: podSpec(spec) }, meta);

const podLabels = { app: "attack" };

/** Workloads around a pod: a guard on pods alone would let their objects in, and the pods fail unseen. */
export const deployment = (spec: Readonly<Record<string, unknown>>, template: Meta = {}): KubeObject =>
  object("apps/v1", "Deployment", {
    spec: {
      selector: { matchLabels: podLabels },
      template: { metadata: { ...template, labels: { ...podLabels, ...template.labels } }, spec: podSpec(spec) },
    },
  });

export const statefulSet = (spec: Readonly<Record<string, unknown>>, template: Meta = {}): KubeObject =>
  object("apps/v1", "StatefulSet", {
    spec: {
      serviceName: "attack",
      selector: { matchLabels: podLabels },
      template: { metadata: { ...template, labels: { ...podLabels, ...template.labels } }, spec: podSpec(spec) },
    },
  });

export const job = (spec: Readonly<Record<string, unknown>>, template: Meta = {}): KubeObject =>
  object("batch/v1", "Job", {
    spec: { template: { metadata: { ...template }, spec: podSpec({ restartPolicy: "Never", ...spec }) } },
  });

export const cronJob = (spec: Readonly<Record<string, unknown>>, template: Meta = {}): KubeObject =>
  object("batch/v1", "CronJob", {
    spec: {
      schedule: "0 0 1 1 *",
      jobTemplate: {
        spec: { template: { metadata: { ...template }, spec: podSpec({ restartPolicy: "Never", ...spec }) } },
      },
    },
  });

/** A database that is right but for what is tried: its log is archived. */
export const database = (spec: object): KubeObject =>
  object("postgresql.cnpg.io/v1", "Cluster", {
    spec: {
      instances: 1,
      storage: { storageClass: "dev-encrypted", size: "1Gi" },
      plugins: [
        { name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true, parameters: { barmanObjectName: "archive" } },
      ],
      ...spec,
    },
  });
