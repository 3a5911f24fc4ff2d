/** What becomes of Helm hooks that `kubernetes.helm.v4.Chart` drops (it renders with hooks disabled). */
export interface HookAnswer {
  /** Files of the chart that hold hooks, relative to its folder. */
  readonly files: readonly string[];
  readonly answer: "replaced" | "not needed";
  /** What does the hook's work instead, or why nobody has to. */
  readonly by: string;
}

const test = (...files: string[]): HookAnswer => ({
  files,
  answer: "not needed",
  by: "A `helm test` pod with an image of its own; the platform's tests and alerts look at the running component instead.",
});

/** Every file with Helm hooks of every pinned chart. `npm run charts -- hooks` compares it with the charts in the cache. */
export const hookAnswers: Readonly<Record<string, readonly HookAnswer[]>> = {
  alloy: [],
  "cert-manager": [
    {
      files: ["values.yaml"],
      answer: "replaced",
      by: "The startup check waits until the webhook answers: the program does so itself, by dry runs, before it makes anything that the webhook judges (components/cluster/webhooks.ts).",
    },
  ],
  "confidential-containers": [
    {
      files: ["templates/containerd-installer.yaml"],
      answer: "not needed",
      by: "Installs another containerd on the nodes; switched off (customContainerd.enabled), nodes come with theirs.",
    },
    {
      files: ["templates/containerd-cleanup.yaml", "charts/kata-deploy/templates/post-delete-job.yaml"],
      answer: "replaced",
      by: "Host clean-up when the sandbox is removed: by hand, from the runbook, one node at a time, because it restarts containerd.",
    },
  ],
  eraser: [],
  "external-secrets": [],
  falco: [test("charts/falcosidekick/templates/tests/test-connection.yaml")],
  falcosidekick: [test("templates/tests/test-connection.yaml")],
  "grafana-operator": [],
  "kata-deploy": [
    {
      files: ["templates/kata-deploy-install-job.yaml", "templates/verification-job.yaml"],
      answer: "not needed",
      by: "The whole installation of `deploymentMode: job`; the DaemonSet mode is used, and the preflight checks the nodes' handlers.",
    },
    {
      files: [
        "templates/kata-cleanup-rbac-job.yaml",
        "templates/kata-deploy-cleanup-job.yaml",
        "templates/kata-rbac.yaml",
        "charts/node-feature-discovery/templates/post-delete-job.yaml",
      ],
      answer: "replaced",
      by: "Host clean-up when the sandbox is removed: by hand, from the runbook, one node at a time, because it restarts containerd.",
    },
  ],
  "kube-prometheus-stack": [
    {
      files: [
        "templates/prometheus-operator/admission-webhooks/job-patch/ciliumnetworkpolicy-createSecret.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/ciliumnetworkpolicy-patchWebhook.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/clusterrole.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/clusterrolebinding.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/job-createSecret.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/job-patchWebhook.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/networkpolicy-createSecret.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/networkpolicy-patchWebhook.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/role.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/rolebinding.yaml",
        "templates/prometheus-operator/admission-webhooks/job-patch/serviceaccount.yaml",
      ],
      answer: "replaced",
      by: "The webhook's certificate and CA come from cert-manager (prometheusOperator.admissionWebhooks.certManager.enabled, patch.enabled false).",
    },
    {
      files: [
        "charts/crds/templates/upgrade/clusterrole.yaml",
        "charts/crds/templates/upgrade/clusterrolebinding.yaml",
        "charts/crds/templates/upgrade/crds.yaml",
        "charts/crds/templates/upgrade/job.yaml",
        "charts/crds/templates/upgrade/serviceaccount.yaml",
      ],
      answer: "replaced",
      by: "CRDs are resources of the program, upgraded before the chart (components/crds).",
    },
    test(
      "charts/grafana/templates/tests/test-configmap.yaml",
      "charts/grafana/templates/tests/test-podsecuritypolicy.yaml",
      "charts/grafana/templates/tests/test-role.yaml",
      "charts/grafana/templates/tests/test-rolebinding.yaml",
      "charts/grafana/templates/tests/test-serviceaccount.yaml",
      "charts/grafana/templates/tests/test.yaml",
    ),
  ],
  kyverno: [
    {
      files: ["templates/hooks/post-upgrade-migrate-resources.yaml"],
      answer: "replaced",
      by: "Stored objects are moved to the new version with `kyverno migrate`, a step of the upgrade runbook; the program writes every policy again in its current version.",
    },
    {
      files: ["templates/hooks/pre-delete-remove-webhooks.yaml", "templates/hooks/pre-delete-scale-to-zero.yaml"],
      answer: "replaced",
      by: "Kyverno makes its webhook configurations at run time; the runbook for removing it deletes them first, else the API server waits for a webhook that is gone (kyverno/kyverno#9551).",
    },
    {
      files: ["charts/reports-server/templates/hooks/pre-delete-api-service-cleanup.yaml"],
      answer: "not needed",
      by: "The reports server is off.",
    },
    test("templates/tests/helper-functions-test.yaml"),
  ],
  loki: [
    {
      files: ["templates/_workload.tpl"],
      answer: "not needed",
      by: "Recreates StatefulSets whose claim templates change (statefulSetRecreateJob, off by default); claims are not resized behind the user's back.",
    },
    {
      files: ["charts/minio/templates/post-job.yaml"],
      answer: "not needed",
      by: "Makes buckets in a bundled MinIO; the bucket is outside the cluster and made with it.",
    },
  ],
  "metrics-server": [],
  "security-profiles-operator": [],
  "snapshot-controller": [],
  "trivy-operator": [],
  velero: [
    {
      files: [
        "templates/upgrade-crds/clusterrole-upgrade.yaml",
        "templates/upgrade-crds/clusterrolebinding-upgrade.yaml",
        "templates/upgrade-crds/serviceaccount-upgrade.yaml",
        "templates/upgrade-crds/upgrade-crds.yaml",
      ],
      answer: "replaced",
      by: "CRDs are resources of the program, upgraded before the chart (components/crds); upgradeCRDs is false.",
    },
    {
      files: ["templates/cleanup-crds.yaml"],
      answer: "not needed",
      by: "Would delete the CRDs, and with them every Backup, when the chart goes; cleanUpCRDs stays false.",
    },
    {
      files: ["templates/label-namespace/labelnamespace.yaml"],
      answer: "replaced",
      by: "The namespace and its Pod Security labels are made by the program.",
    },
  ],
};

/** A hook that nobody answers for, or an answer to a hook that is gone. */
export interface HookProblem {
  readonly chart: string;
  readonly file: string;
  readonly problem: "unlisted" | "gone";
}

/**
 * Compares the files with hooks that were found in a chart with the answers given for it.
 *
 * @param found files with hooks, relative to the chart's folder.
 */
export function hookProblems(
  chart: string,
  found: readonly string[],
  answers: Readonly<Record<string, readonly HookAnswer[]>> = hookAnswers,
): HookProblem[] {
  const listed = new Set((answers[chart] ?? []).flatMap((answer) => answer.files));
  const seen = new Set(found);
  return [
    ...[...seen].filter((file) => !listed.has(file)).map((file) => ({ chart, file, problem: "unlisted" as const })),
    ...[...listed].filter((file) => !seen.has(file)).map((file) => ({ chart, file, problem: "gone" as const })),
  ];
}

/** Whether a template or values file declares a Helm hook; comments do not count. */
export function declaresHook(content: string): boolean {
  return content.split("\n").some((line) => /^\s*["']?helm\.sh\/hook["']?\s*:/.test(line));
}
