import { type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "kata-deploy",
  hooks: [
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
  crds: { kind: "none", reason: "Kinds of node-feature-discovery, a subchart that is off." },
};
