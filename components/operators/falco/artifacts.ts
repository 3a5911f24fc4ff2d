import { image, registry, type Facts } from "../frame/facts";
import { resources } from "../frame/pods";
import type { JsonObject } from "../frame/manifest";
import type { ChartPatch } from "../frame/patch";

/** What falcoctl fetches when a pod starts. Full references: an index could answer anything. */
const references = {
  rules: "ghcr.io/falcosecurity/rules/falco-rules:5.1.0",
  container: "ghcr.io/falcosecurity/plugins/plugin/container:0.7.1",
  k8sAudit: "ghcr.io/falcosecurity/plugins/plugin/k8saudit:0.18.0",
  k8sAuditEks: "ghcr.io/falcosecurity/plugins/plugin/k8saudit-eks:0.12.0",
  k8sAuditAks: "ghcr.io/falcosecurity/plugins/plugin/k8saudit-aks:0.6.0",
  k8sAuditGke: "ghcr.io/falcosecurity/plugins/plugin/k8saudit-gke:0.9.0",
  json: "ghcr.io/falcosecurity/plugins/plugin/json:0.7.4",
} as const;

export type Artifact = keyof typeof references;

export function artifact(facts: Facts, name: Artifact): string {
  return image(facts, references[name]);
}

/** The init container of Falco's chart that fetches them. */
export const fetcher = (kind: "DaemonSet" | "Deployment", name: string) =>
  ({ kind, name, container: "falcoctl-artifact-install", init: true }) as const;

/** Neither Falco nor falcoctl asks the API server anything here: no collector of Kubernetes' metadata is on. */
export const withoutToken = (kind: "DaemonSet" | "Deployment", name: string): ChartPatch => ({
  kind,
  name,
  patch: { spec: { template: { spec: { automountServiceAccountToken: false } } } },
  reason: "The account has no rights, and the chart has no value to leave its token out.",
});

/** The falcoctl part of the values: pinned artifacts, fetched once, never followed. */
export function falcoctl(facts: Facts, wanted: readonly Artifact[]): JsonObject {
  return {
    image: { registry: registry(facts, "docker.io") },
    artifact: {
      install: {
        enabled: true,
        resources: resources(["10m", "32Mi"], ["200m", "128Mi"]),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
          // The pod beside it is traced by Falco and has none.
          ...(facts.cluster.appArmor ? { appArmorProfile: { type: "RuntimeDefault" } } : {}),
        },
      },
      // A sidecar that changes what is detected, every week, without review.
      follow: { enabled: false },
    },
    config: {
      indexes: [],
      artifact: {
        allowedTypes: ["rulesfile", "plugin"],
        install: { resolveDeps: false, refs: wanted.map((name) => artifact(facts, name)) },
        follow: { refs: [] },
      },
    },
  };
}
