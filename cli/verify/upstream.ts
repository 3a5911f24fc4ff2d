import type { AppKey } from "../../suite/apps";
import type { Explanation, ProblemKind } from "./model";

/** A defect of MijnBureau as it is delivered (MinBZK/mijn-bureau-infra b2ae545), by the trouble that it causes. */
interface UpstreamDefect extends Explanation {
  readonly problem: ProblemKind | readonly ProblemKind[];
  readonly app?: AppKey;
  /** Matched against `<Kind>/<name>`. */
  readonly object: RegExp;
  /** Matched against the problem's text; absent: any. */
  readonly text?: RegExp;
}

/** Pod Security judges pods, the platform's own policies workloads too. */
const REFUSED: readonly ProblemKind[] = ["refused", "pods refused"];
const RESTRICTED = /violates PodSecurity "restricted|pod-security\//;

const defects: readonly UpstreamDefect[] = [
  {
    problem: REFUSED,
    app: "collabora",
    object: /^Deployment\/collabora-online$/,
    text: RESTRICTED,
    why: "Collabora's own security context replaces the suite's default and sets user and group alone, for the sake of its jails",
    source: "helmfile/environments/default/security.yaml.gotmpl, security.collabora",
  },
  {
    problem: REFUSED,
    app: "element",
    object: /^Deployment\/element-web$/,
    text: RESTRICTED,
    why: "init container inject-bureaublad-button has no security context",
    source: "helmfile/apps/element/values-element-web.yaml.gotmpl, initContainers",
  },
  {
    problem: REFUSED,
    app: "element",
    object: /^Job\/synapse-keygen$/,
    text: RESTRICTED,
    why: "init container kubectl has no security context",
    source: "helmfile/apps/element/charts/synapse/templates/job-keygen.yaml",
  },
  {
    problem: REFUSED,
    app: "meet",
    object: /^Deployment\/meet-frontend$/,
    text: RESTRICTED,
    why: "init container inject-bureaublad-button has no security context",
    source: "helmfile/apps/meet/values.yaml.gotmpl, meet.initContainers",
  },
  {
    problem: REFUSED,
    app: "ollama",
    object: /^Deployment\/ollama$/,
    text: RESTRICTED,
    why: "the chart sets no seccomp profile",
    source: "helmfile/apps/ollama/charts/ollama/values.yaml",
  },
  {
    problem: REFUSED,
    object: /^Deployment\/[a-z]+-(static-)?nginx$/,
    text: RESTRICTED,
    why: "the metrics container of the nginx chart (nginx-exporter, with metric.enabled) has no security context",
    source: "helmfile/apps/common/charts/nginx, container metrics",
  },
  {
    problem: REFUSED,
    app: "openproject",
    object: /^Pod\/openproject-test-connection$/,
    why: "the chart's Helm test runs busybox without tag, resources or security context; it is no part of the app",
    source: "opf/helm-charts openproject-13.8.1, templates/tests/test-connection.yaml",
  },
  {
    problem: "dangling reference",
    app: "openproject",
    object: /./,
    text: /Secret (hocuspocus-secret-auto-generated|openproject-cron-environment)\b/,
    why: "the chart refers to Secrets of Hocuspocus and the mail cron, and renders neither while both are switched off",
    source: "opf/helm-charts openproject-13.8.1, templates/_helpers.tpl (envFrom)",
  },
  {
    problem: "dangling reference",
    app: "openproject",
    object: /^Ingress\/openproject$/,
    text: /hsts-header/,
    why: "openproject alone renders no Middleware hsts-header, and its Ingress names one",
    source: "helmfile/apps/openproject/values.yaml.gotmpl, ingress.annotations",
  },
  {
    problem: "dangling reference",
    app: "element",
    object: /^Deployment\/synapse$/,
    text: /Secret synapse-signing-key\b/,
    why: "no manifest holds it: the Job synapse-keygen makes it at run time, and that Job's pods are refused",
    source: "helmfile/apps/element/charts/synapse/templates/job-keygen.yaml",
  },
  {
    problem: "refused",
    object: /^(Schedule|BackupStorageLocation|VolumeSnapshotLocation)\//,
    why: "backup belongs to the platform, whose BackupStorageLocation has this name: render with backup.enabled: false, as the stack's output mijnbureauValues does",
    source: "helmfile/environments/default/backup.yaml.gotmpl",
  },
  {
    problem: "refused",
    object: /^GrafanaDashboard\//,
    why: "dashboards go to the monitoring namespace, where only the platform writes",
    source: "docs/docs/observability/dashboards.md: the cluster administrator installs them",
  },
  {
    problem: "refused",
    object: /^(Gateway|Certificate|HTTPRoute)\//,
    text: /cannot|not found/,
    why: "the shared gateway has a namespace of its own, where only the platform writes",
    source: "helmfile/environments/default/cluster.yaml.gotmpl, cluster.gateway.namespace",
  },
];

/** The known cause of a problem, if there is one. */
export function explain(
  problem: { readonly kind: ProblemKind; readonly text: string },
  object: { readonly app: AppKey | undefined; readonly kind: string; readonly name: string },
): Explanation | undefined {
  const name = `${object.kind}/${object.name}`;
  const defect = defects.find(
    (candidate) =>
      [candidate.problem].flat().includes(problem.kind) &&
      (candidate.app === undefined || candidate.app === object.app) &&
      candidate.object.test(name) &&
      (candidate.text === undefined || candidate.text.test(problem.text)),
  );
  return defect === undefined ? undefined : { why: defect.why, source: defect.source };
}

/** Why MijnBureau's own policies let through more than the flows table: they only add, so default deny cannot narrow them. */
export const widePolicies: Explanation = {
  why: "MijnBureau's own NetworkPolicies leave out `from` and `to`, or name ports only; policies add up, so none of the platform's can narrow them",
  source: "helmfile/apps/*/charts/*/templates/networkpolicy.yaml; docs/docs/development/add-component.md",
};
