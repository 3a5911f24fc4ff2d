/** Values of a chart, as a plain tree. */
export type ChartValues = { readonly [key: string]: boolean | ChartValues };

/** How the CRDs of a chart are had. */
export type CrdSource =
  /** Plain files below these folders of the chart. */
  | { readonly kind: "files"; readonly folders: readonly string[] }
  /** Templates: Helm renders them once, with these values. The same switches are off when the chart is installed. */
  | { readonly kind: "templates"; readonly values: ChartValues }
  /** None is installed. */
  | { readonly kind: "none"; readonly reason: string };

const ownFolder: CrdSource = { kind: "files", folders: ["crds"] };
const crdsSubchart: CrdSource = { kind: "files", folders: ["charts/crds/crds"] };
const noKind: CrdSource = { kind: "none", reason: "The chart brings no kind of its own." };

/** Where the CRDs of each pinned chart are. A chart of charts.lock.json that is not listed is an error. */
export const crdSources: Readonly<Record<string, CrdSource>> = {
  alloy: { kind: "none", reason: "PodLogs is the only kind, and logs are selected in Alloy's own configuration." },
  "cert-manager": { kind: "templates", values: { crds: { enabled: true, keep: false } } },
  "confidential-containers": noKind,
  eraser: { kind: "templates", values: {} },
  "external-secrets": { kind: "templates", values: { installCRDs: true, crds: { conversion: { enabled: false } } } },
  falco: noKind,
  falcosidekick: noKind,
  "grafana-operator": crdsSubchart,
  "kata-deploy": { kind: "none", reason: "Kinds of node-feature-discovery, a subchart that is off." },
  "kube-prometheus-stack": crdsSubchart,
  kyverno: { kind: "templates", values: { crds: { install: true, migration: { enabled: false } } } },
  loki: { kind: "none", reason: "Kinds of rollout-operator, a subchart that is off." },
  "metrics-server": noKind,
  "security-profiles-operator": ownFolder,
  "snapshot-controller": { kind: "templates", values: { installCRDs: true, webhook: { enabled: false } } },
  "trivy-operator": ownFolder,
  velero: ownFolder,
};
