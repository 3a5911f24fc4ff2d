import { PREFIX } from "../../lib/labels";
import type { KubeObject } from "../../lib/kube/client";

/** On CustomResourceDefinitions that stand in for an operator's real ones; only these are ever removed again. */
export const STAND_IN_LABEL = `${PREFIX}stand-in`;

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

/** Kinds in MijnBureau's manifests that a cluster has only with the operator that serves them. */
const kinds: readonly Kind[] = [
  ...["ServiceMonitor", "PodMonitor", "PrometheusRule"].map((kind) => simple("monitoring.coreos.com", "v1", kind)),
  ...["Middleware", "ServersTransport"].map((kind) => simple("traefik.io", "v1alpha1", kind)),
  ...["Schedule", "BackupStorageLocation", "VolumeSnapshotLocation"].map((kind) => simple("velero.io", "v1", kind)),
  simple("grafana.integreatly.org", "v1beta1", "GrafanaDashboard"),
  simple("postgresql.cnpg.io", "v1", "Cluster"),
  ...["Gateway", "HTTPRoute"].map((kind) => simple("gateway.networking.k8s.io", "v1", kind)),
  simple("cert-manager.io", "v1", "Certificate"),
  simple("autoscaling.k8s.io", "v1", "VerticalPodAutoscaler"),
];

function simple(group: string, version: string, kind: string): Kind {
  const singular = kind.toLowerCase();
  return { group, version, kind, plural: singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s` };
}

/** A definition that takes any object of the kind: it shows that the object is placed and permitted, not that it is valid. */
export function standInFor(apiVersion: string, kind: string): KubeObject | undefined {
  const found = kinds.find(
    (candidate) => `${candidate.group}/${candidate.version}` === apiVersion && candidate.kind === kind,
  );
  if (found === undefined) return undefined;
  const { group, version, plural } = found;
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      labels: { [STAND_IN_LABEL]: "true" },
      // Groups below k8s.io are refused without it (KEP-1111, API approval).
      ...(group.endsWith(".k8s.io") ? { annotations: { "api-approved.kubernetes.io": "unapproved, stand-in" } } : {}),
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: anything },
          subresources: { status: {} },
        },
      ],
    },
  };
}
