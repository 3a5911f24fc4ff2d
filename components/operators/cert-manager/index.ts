import { z } from "zod";
import { cidr, hostname, httpsUrl } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import type { Flow } from "../../../suite/flow";
import { defineOperator } from "../frame/define";
import { exemptRights } from "../../exemptions";
import { pullSecrets, registry } from "../frame/facts";
import { endpoint, group, kubeApi, outside, peer, scrape, webhook } from "../frame/flows";
import { apart, overZones, resources, workerNodes } from "../frame/pods";
import { INTERNAL_ISSUER, type SecretSource } from "../frame/secrets";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";
import { accounts, cuts, delegations, injectorFlags, injectsEverywhere } from "./rights";

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

const DNS_SECRET = "platform-acme-dns";
const ACME_ENTRY = "platform/acme";

/**
 * Certificates of the public hosts, from an ACME authority. By DNS only: proof over HTTP takes a pod, a Service with a
 * node port and an Ingress without TLS in the suite's namespaces, which their guardrails refuse.
 */
const acmeSettings = z.strictObject({
  server: httpsUrl.default("https://acme-v02.api.letsencrypt.org/directory"),
  email: z.email("is not an e-mail address; example: platform@example.nl"),
  dns01: z
    .record(z.string(), z.json())
    .refine(
      (solver) => Object.keys(solver).length > 0,
      "names no provider; example: { rfc2136: { nameserver: 192.0.2.53, … } }",
    )
    .describe("How the domain is proved, as `solvers[].dns01` of an Issuer says it (cert-manager docs, DNS01)."),
  zones: z.array(hostname).default([]).describe("Domains besides the stack's own for whose hosts the issuer may ask."),
  credentials: z
    .array(z.string().min(1))
    .default([])
    .describe(
      `Properties of ${ACME_ENTRY} in the secret store; \`dns01\` refers to them as keys of the Secret ${DNS_SECRET}.`,
    ),
  cidrs: z.array(cidr).default([]).describe("Where the authority is; empty: the public internet on its port."),
  dns: z
    .strictObject({
      cidrs: z.array(cidr).default([]).describe("Empty: the public internet."),
      port: z.int().min(1).max(65_535).default(443).describe("53 for rfc2136."),
    })
    .prefault({})
    .describe("Where the DNS provider takes changes."),
});

type Acme = z.infer<typeof acmeSettings>;

/** Without a selector the issuer would prove any name that the DNS provider's login can, whoever asks. */
function acmeIssuer({ server, email, dns01, zones }: Acme, domain: string): Manifest {
  const dnsZones = [...new Set([domain, ...zones])];
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name: "platform-acme", labels: managedLabels },
    spec: {
      acme: {
        server,
        email,
        privateKeySecretRef: { name: "platform-acme-account" },
        solvers: [{ selector: { dnsZones }, dns01 }],
      },
    },
  };
}

function acmeSecrets({ credentials }: Acme): SecretSource[] {
  if (credentials.length === 0) return [];
  return [
    {
      from: "store",
      namespace: NAMESPACE,
      name: DNS_SECRET,
      values: Object.fromEntries(credentials.map((property) => [property, { key: ACME_ENTRY, property }])),
      why: "Login at the DNS provider, to prove that the domain is ours.",
    },
  ];
}

function acmeFlows({ server, cidrs, dns }: Acme): Flow[] {
  const from = peer(NAMESPACE, controller);
  const both = (["TCP", "UDP"] as const).map((protocol) => ({ protocol, port: dns.port }));
  return [
    outside(from, endpoint("acme", server, cidrs), "Orders certificates"),
    {
      ...outside(from, { name: "dns-provider", cidrs: dns.cidrs }, "Proves that the domain is ours"),
      ports: dns.port === 53 ? both : [dns.port],
    },
  ];
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
    acme: acmeSettings
      .optional()
      .describe("Issuer of the public hosts; absent: the ingress controller or another issuer has their certificates."),
  },
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["external-secrets"],
  provides: ["certificates"],
  chart: { ...chart, release: "cert-manager" },
  values: ({ facts, settings }) => {
    const workload = (labels: Readonly<Record<string, string>>) => ({
      affinity: { ...workerNodes, ...apart(labels) },
      topologySpreadConstraints: overZones(labels),
      podDisruptionBudget: { enabled: true, minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
      // The images set a user but no group, so the group would be root. A pod with a group and no user never starts: container
      // runtimes must refuse it (k8s.io/cri-api, LinuxSandboxSecurityContext.run_as_group).
      securityContext: { runAsUser: 1000, runAsGroup: 1000 },
    });
    return {
      global: {
        imagePullSecrets: pullSecrets(facts),
        priorityClassName: priorityClass.critical,
        // Who may edit a namespace would have certificates of every issuer that the cluster has.
        rbac: { aggregateClusterRoles: false },
        // kube-system is not ours to write leases in.
        leaderElection: { namespace: NAMESPACE },
      },
      imageRegistry: registry(facts, "quay.io"),
      crds: { enabled: false },
      replicaCount: 2,
      // Asks the cluster's DNS whether the proof is visible: pods may ask no other server.
      ...(settings.acme === undefined ? {} : { dns01RecursiveNameserversOnly: true }),
      ...workload(controller.labels),
      resources: resources(["20m", "64Mi"], ["500m", "256Mi"]),
      prometheus: { enabled: true, servicemonitor: { enabled: facts.capabilities.has("monitors") } },
      webhook: {
        replicaCount: 3,
        // Upstream's 30 seconds hold every request of its kinds.
        timeoutSeconds: 10,
        ...workload(webhookPods.labels),
        resources: resources(["20m", "32Mi"], ["200m", "128Mi"]),
      },
      cainjector: {
        replicaCount: 2,
        extraArgs: injectorFlags(facts.capabilities),
        ...workload(injector.labels),
        resources: resources(["20m", "128Mi"], ["500m", "512Mi"]),
      },
      // A Helm hook; the program itself waits until the webhook answers (lib/webhooks.ts).
      startupapicheck: { enabled: false },
    };
  },
  secrets: ({ settings }) => [
    ...(settings.acme === undefined ? [] : acmeSecrets(settings.acme)),
    {
      from: "controller",
      namespace: NAMESPACE,
      name: ROOT,
      keys: ["tls.crt", "tls.key", "ca.crt"],
      by: "cert-manager",
      why: "Root of the platform's own authority, issued by itself.",
    },
  ],
  objects: ({ facts, settings }) => [
    ...internalAuthority(),
    ...(settings.acme === undefined ? [] : [acmeIssuer(settings.acme, facts.domain)]),
  ],
  cuts: ({ facts }) => cuts(facts.capabilities),
  accounts: ({ facts }) => accounts(facts.capabilities),
  delegations: ({ facts }) => delegations(facts.capabilities),
  exemptions: ({ facts }) => [
    ...(injectsEverywhere(facts.capabilities)
      ? exemptRights(
          ["grant-secret-read"],
          { kind: "ClusterRole", name: "cert-manager-cainjector" },
          "Reads the authority of the Security Profiles Operator's webhook in that operator's namespace; it looks in one namespace or in all.",
        )
      : []),
    ...exemptRights(
      ["grant-secret-write"],
      { kind: "Role", namespace: NAMESPACE, name: "cert-manager-webhook:dynamic-serving" },
      "The webhook makes the Secret of its own authority, in its own namespace alone.",
    ),
    ...["certificates", "challenges", "clusterissuers", "issuers", "orders"].flatMap((controls) =>
      exemptRights(
        ["grant-secret-read"],
        { kind: "ClusterRole", name: `cert-manager-controller-${controls}` },
        "Keys and accounts are Secrets that any namespace's Issuer or Certificate may name; upstream watches one namespace or all.",
      ),
    ),
  ],
  flows: ({ settings }) => [
    webhook(NAMESPACE, webhookPods, WEBHOOK_PORT, "Validation and defaulting of certificates and issuers"),
    ...[controller, webhookPods, injector].flatMap((pods) => [
      kubeApi(NAMESPACE, pods, "Reads its own kinds, writes certificates and CA bundles"),
      scrape(NAMESPACE, pods, METRICS_PORT),
    ]),
    ...(settings.acme === undefined ? [] : acmeFlows(settings.acme)),
  ],
  webhooks: () => [
    {
      configurations: ["ValidatingWebhookConfiguration/cert-manager-webhook"],
      object: {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: "platform-webhook-probe" },
        spec: { selfSigned: {} },
      },
    },
    {
      configurations: ["MutatingWebhookConfiguration/cert-manager-webhook"],
      object: {
        apiVersion: "cert-manager.io/v1",
        kind: "CertificateRequest",
        metadata: { name: "platform-webhook-probe", namespace: NAMESPACE },
        // Not a request for a certificate: it is enough that the webhook says so.
        spec: { request: "bm90aGluZw==", issuerRef: { name: "platform-webhook-probe" } },
      },
    },
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
