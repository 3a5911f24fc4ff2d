import { label } from "../../lib/labels";
import type { KubeObject } from "../../lib/kube/client";

export const SUITE = "mijnbureau-docs";

const meta = (name: string): KubeObject["metadata"] => ({ name, namespace: SUITE, labels: { app: "sample" } });

/** Meets Pod Security's level `restricted`, as a suite namespace enforces it. */
const podSpec = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "main",
      image: "registry.example.org/sample:1.0.0",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "16Mi" } },
    },
  ],
};
const template = { metadata: { labels: { app: "sample" } }, spec: podSpec };
const selector = { matchLabels: { app: "sample" } };

/** The kinds that the suite's charts render (MinBZK/mijn-bureau-infra), one object each; volumes aside. */
export const suiteObjects: readonly KubeObject[] = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("docs"), automountServiceAccountToken: false },
  { apiVersion: "v1", kind: "ConfigMap", metadata: meta("docs"), data: { "settings.yaml": "language: nl\n" } },
  { apiVersion: "v1", kind: "Secret", metadata: meta("docs"), stringData: { DB_PASSWORD: "made-for-this-test" } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta("docs"),
    spec: { selector: { app: "sample" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta("docs-backend"),
    spec: { replicas: 2, selector, template },
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: meta("docs-redis"),
    spec: { replicas: 1, serviceName: "docs", selector, template },
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: meta("docs-cleanup"),
    spec: {
      schedule: "5 4 * * *",
      jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } } },
    },
  },
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: meta("docs-backend"),
    spec: {
      maxReplicas: 4,
      minReplicas: 2,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "docs-backend" },
    },
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: meta("docs-backend"),
    spec: { selector, minAvailable: 1 },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: meta("docs"),
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: meta("docs"),
    spec: {
      rules: [
        {
          host: "docs.example.org",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "docs", port: { name: "http" } } } }],
          },
        },
      ],
    },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: meta("docs"),
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: meta("docs"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "docs" },
    subjects: [{ kind: "ServiceAccount", name: "docs", namespace: SUITE }],
  },
];

/** Of the stack, beside the suite's own objects: no backup holds it, or every restore elsewhere would be refused in part. */
export const platformRole: KubeObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "mijnbureau-deployer", namespace: SUITE, labels: { [label.managed]: "true" } },
  rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["delete"] }],
};

/** Grants what Velero itself may not do, so Velero must not be able to grant it. */
export const powerfulRole: KubeObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: meta("docs-powerful"),
  rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["delete"] }],
};
