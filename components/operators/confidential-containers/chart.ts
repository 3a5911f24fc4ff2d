import { inert, noKind, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "confidential-containers",
  hooks: [
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
  crds: noKind,
  inertKeys: {
    "kata-as-coco-runtime.k8sDistribution": inert.repeatsDefault,
  },
};
