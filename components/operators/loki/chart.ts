import { type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "loki",
  hooks: [
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
  crds: { kind: "none", reason: "Kinds of rollout-operator, a subchart that is off." },
};
