import { stringify } from "yaml";
import { POD_ACCESS } from "../lib/kinds";
import type { JsonObject } from "./operators/frame/manifest";

/** What the policy knows of the stack. */
export interface AuditFacts {
  /** Namespaces of the suite, and of the operators. */
  readonly namespaces: readonly string[];
}

interface Resources extends JsonObject {
  readonly group: string;
  readonly resources: readonly string[];
}

const core = (...resources: string[]): Resources => ({ group: "", resources });

/** Kinds whose bodies hold secrets: who touched them is recorded, never what is in them. */
const secretBearing: readonly Resources[] = [
  core("secrets", "configmaps", "serviceaccounts/token"),
  { group: "authentication.k8s.io", resources: ["tokenreviews"] },
  { group: "external-secrets.io", resources: ["*"] },
  { group: "generators.external-secrets.io", resources: ["*"] },
];

/** Access to running pods. */
const podAccess: readonly Resources[] = [core(...POD_ACCESS, "nodes/proxy")];

/** Rules of the game: a change of one of these is recorded with the new state. */
const guardrails: readonly Resources[] = [
  core("namespaces", "serviceaccounts", "resourcequotas", "limitranges"),
  { group: "rbac.authorization.k8s.io", resources: ["*"] },
  { group: "networking.k8s.io", resources: ["networkpolicies", "ingresses"] },
  { group: "admissionregistration.k8s.io", resources: ["*"] },
  { group: "policies.kyverno.io", resources: ["*"] },
  { group: "kyverno.io", resources: ["*"] },
  { group: "certificates.k8s.io", resources: ["*"] },
  { group: "apiextensions.k8s.io", resources: ["*"] },
  { group: "node.k8s.io", resources: ["runtimeclasses"] },
];

const workloads: readonly Resources[] = [
  core("pods", "services", "persistentvolumeclaims"),
  { group: "apps", resources: ["*"] },
  { group: "batch", resources: ["*"] },
];

const changes = ["create", "update", "patch", "delete", "deletecollection"];
const reads = ["get", "list", "watch"];

/**
 * The audit policy that the API server must be given (`--audit-policy-file`). Rules are read in order, the first that
 * matches decides (Kubernetes, "Auditing"). Falco's audit rules and the audit tenant of the log store rely on it.
 */
export function auditPolicy({ namespaces }: AuditFacts): JsonObject {
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    // The event when a request arrives says nothing that the one at its end does not.
    omitStages: ["RequestReceived"],
    rules: [
      // Noise first: health checks, and what the control plane does all day.
      { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi/*"] },
      {
        level: "None",
        users: ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver"],
        verbs: reads,
      },
      { level: "None", userGroups: ["system:nodes"], verbs: ["get"], resources: [core("nodes", "nodes/status")] },
      {
        level: "None",
        resources: [
          core("events"),
          { group: "events.k8s.io", resources: ["events"] },
          { group: "coordination.k8s.io", resources: ["leases"] },
        ],
      },
      // Reports are written by the thousand and hold no decision of a person.
      {
        level: "None",
        resources: [
          { group: "reports.kyverno.io", resources: ["*"] },
          { group: "wgpolicyk8s.io", resources: ["*"] },
          { group: "aquasecurity.github.io", resources: ["*"] },
        ],
      },
      // The kubelet reads Secrets for the pods of its node.
      { level: "None", userGroups: ["system:nodes"], verbs: reads, resources: [core("secrets", "configmaps")] },
      { level: "Metadata", resources: [...secretBearing] },
      { level: "Request", resources: [...podAccess] },
      { level: "RequestResponse", verbs: changes, resources: [...guardrails] },
      // Without a namespace, the rule would be for all of them.
      ...(namespaces.length === 0
        ? []
        : [
            { level: "RequestResponse", verbs: changes, namespaces: [...namespaces].sort(), resources: [...workloads] },
          ]),
      { level: "Metadata", verbs: changes },
      // Reads by people, and by accounts that nobody here made; those of the platform, of the suite and of Kubernetes read
      // all day. By namespace: a request in another's name bears the groups of who made it.
      {
        level: "None",
        userGroups: [
          "system:nodes",
          ...["kube-system", ...namespaces].sort().map((name) => `system:serviceaccounts:${name}`),
        ],
        verbs: reads,
      },
      { level: "Metadata" },
    ],
  };
}

/** The policy as the file to place on the control plane. */
export function auditPolicyFile(facts: AuditFacts): string {
  return `# Placed by the cluster's operators: kube-apiserver --audit-policy-file=<this file>\n${stringify(auditPolicy(facts), { lineWidth: 0 })}`;
}

/** The Service of the operator falco-audit that takes the events; its certificate is for this name. */
export const auditService = {
  namespace: "falco-audit",
  name: "falco-audit-webhook",
  port: 9765,
  /** Secret with the certificate, and with the authority that issued it as `ca.crt`. */
  certificate: "falco-audit-tls",
} as const;
const serverName = `${auditService.name}.${auditService.namespace}.svc`;

export interface AuditWebhook {
  /** Address of Falco's audit endpoint as the API server reaches it. */
  readonly url: string;
  /** PEM of the authority that issued its certificate. */
  readonly certificateAuthority: string;
}

/** kubeconfig for `--audit-webhook-config-file`: the other end of the operator falco-audit. */
export function auditWebhookConfig({ url, certificateAuthority }: AuditWebhook): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "falco-audit",
          cluster: {
            server: url,
            // By its cluster IP: an API server seldom knows the names of the cluster.
            "tls-server-name": serverName,
            "certificate-authority-data": Buffer.from(certificateAuthority, "utf8").toString("base64"),
          },
        },
      ],
      contexts: [{ name: "falco-audit", context: { cluster: "falco-audit", user: "" } }],
      "current-context": "falco-audit",
      users: [],
    },
    { lineWidth: 0 },
  );
}

/** Flags of kube-apiserver that go with the two files. */
export function auditFlags(files: { policy: string; log: string; webhook?: string | undefined }): string[] {
  return [
    `--audit-policy-file=${files.policy}`,
    `--audit-log-path=${files.log}`,
    "--audit-log-format=json",
    "--audit-log-maxage=7",
    "--audit-log-maxbackup=10",
    "--audit-log-maxsize=100",
    ...(files.webhook === undefined
      ? []
      : [
          `--audit-webhook-config-file=${files.webhook}`,
          "--audit-webhook-mode=batch",
          "--audit-webhook-batch-max-wait=5s",
        ]),
  ];
}
