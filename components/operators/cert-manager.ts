import { z } from "zod";
import { cidr, dnsLabel, httpsUrl } from "../../config/fields";
import { priorityClass } from "../priority-classes";
import type { Manifest } from "../kubernetes-object";
import { managedLabels } from "../namespace/labels";
import { defineOperator } from "./define";
import { pullSecrets, registry } from "./lib/facts";
import { group, kubeApi, outside, peer, scrape, webhook } from "./lib/flows";
import { apart, overZones, resources, workerNodes } from "./lib/pods";
import { INTERNAL_ISSUER } from "./lib/secrets";

const NAMESPACE = "cert-manager";
const part = (name: string, appName: string) =>
  group(name, { "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/name": appName });
const controller = part("controller", "cert-manager");
const webhookPods = part("webhook", "webhook");
const injector = part("cainjector", "cainjector");
const METRICS_PORT = 9402;
const WEBHOOK_PORT = 10_250;
const ROOT = "platform-root";

/** The platform's own authority: a self-signed root that signs certificates inside the cluster, and nothing else. */
function internalAuthority(): Manifest[] {
  const issuer = (name: string, spec: Record<string, unknown>): Manifest => ({
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name, labels: managedLabels },
    spec,
  });
  return [
    issuer("platform-self-signed", { selfSigned: {} }),
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: ROOT, namespace: NAMESPACE, labels: managedLabels },
      spec: {
        isCA: true,
        commonName: "MijnBureau platform",
        secretName: ROOT,
        duration: "43800h0m0s",
        renewBefore: "8760h0m0s",
        privateKey: { algorithm: "ECDSA", size: 384, rotationPolicy: "Always" },
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "platform-self-signed" },
      },
    },
    issuer(INTERNAL_ISSUER, { ca: { secretName: ROOT } }),
  ];
}

/** Certificates of the public hosts, from an ACME authority. */
function acmeIssuer(acme: { server: string; email: string; ingressClass: string }): Manifest {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name: "platform-acme", labels: managedLabels },
    spec: {
      acme: {
        server: acme.server,
        email: acme.email,
        privateKeySecretRef: { name: "platform-acme-account" },
        solvers: [{ http01: { ingress: { ingressClassName: acme.ingressClass } } }],
      },
    },
  };
}

export default defineOperator({
  name: "cert-manager",
  title: "cert-manager: certificates of webhooks, of traffic inside the cluster, and of the public hosts.",
  enabledByDefault: true,
  prerequisite: { crds: ["certificates.cert-manager.io", "clusterissuers.cert-manager.io"] },
  namespaces: [
    { name: NAMESPACE, podSecurity: { level: "restricted", reason: "All three deployments run restricted." } },
  ],
  settings: {
    acme: z
      .strictObject({
        server: httpsUrl.default("https://acme-v02.api.letsencrypt.org/directory"),
        email: z.email("is not an e-mail address; example: platform@example.nl"),
        ingressClass: dnsLabel.default("traefik"),
        cidrs: z.array(cidr).default([]),
      })
      .optional()
      .describe("Issuer of the public hosts; absent: the ingress controller or another issuer has their certificates."),
  },
  needs: [],
  provides: ["certificates"],
  chart: { entry: "cert-manager", release: "cert-manager" },
  values: ({ facts }) => {
    const workload = (labels: Readonly<Record<string, string>>) => ({
      affinity: { ...workerNodes, ...apart(labels) },
      topologySpreadConstraints: overZones(labels),
      podDisruptionBudget: { enabled: true, minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
    return {
      global: {
        imagePullSecrets: pullSecrets(facts),
        priorityClassName: priorityClass.critical,
        // kube-system is not ours to write leases in.
        leaderElection: { namespace: NAMESPACE },
      },
      imageRegistry: registry(facts, "quay.io"),
      crds: { enabled: false },
      replicaCount: 2,
      ...workload(controller.labels),
      resources: resources(["20m", "64Mi"], ["500m", "256Mi"]),
      prometheus: { enabled: true, servicemonitor: { enabled: facts.capabilities.has("monitors") } },
      webhook: {
        replicaCount: 3,
        ...workload(webhookPods.labels),
        resources: resources(["20m", "32Mi"], ["200m", "128Mi"]),
      },
      cainjector: {
        replicaCount: 2,
        ...workload(injector.labels),
        resources: resources(["20m", "128Mi"], ["500m", "512Mi"]),
      },
      // A Helm hook; the objects below fail as visibly when the webhook does not answer.
      startupapicheck: { enabled: false },
    };
  },
  secrets: () => [
    {
      from: "controller",
      namespace: NAMESPACE,
      name: ROOT,
      keys: ["tls.crt", "tls.key", "ca.crt"],
      by: "cert-manager",
      why: "Root of the platform's own authority, issued by itself.",
    },
  ],
  objects: ({ settings }) => [
    ...internalAuthority(),
    ...(settings.acme === undefined ? [] : [acmeIssuer(settings.acme)]),
  ],
  flows: ({ settings }) => [
    webhook(NAMESPACE, webhookPods, WEBHOOK_PORT, "Validation and defaulting of certificates and issuers"),
    ...[controller, webhookPods, injector].flatMap((pods) => [
      kubeApi(NAMESPACE, pods, "Reads its own kinds, writes certificates and CA bundles"),
      scrape(NAMESPACE, pods, METRICS_PORT),
    ]),
    ...(settings.acme === undefined
      ? []
      : [
          outside(
            peer(NAMESPACE, controller),
            { name: "acme", hosts: [new URL(settings.acme.server).hostname], cidrs: settings.acme.cidrs },
            "Orders certificates",
          ),
        ]),
  ],
  monitors: () =>
    [controller, webhookPods, injector].map((pods) => ({
      kind: "ServiceMonitor",
      namespace: NAMESPACE,
      scrapes: pods.labels["app.kubernetes.io/name"] ?? pods.name,
      port: METRICS_PORT,
    })),
  controllerOwned: [
    {
      kind: "ValidatingWebhookConfiguration",
      name: "cert-manager-webhook",
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by cainjector.",
    },
    {
      kind: "MutatingWebhookConfiguration",
      name: "cert-manager-webhook",
      fields: ["webhooks[*].clientConfig.caBundle"],
      reason: "Injected by cainjector.",
    },
  ],
});
