import { type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "cert-manager",
  hooks: [
    {
      files: ["values.yaml"],
      answer: "replaced",
      by: "The startup check waits until the webhook answers: the engine waits for the Deployments, and retries Issuers and Certificates that come too early.",
    },
  ],
  crds: { kind: "templates", values: { crds: { enabled: true, keep: false } } },
};
