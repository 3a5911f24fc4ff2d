import { type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "cert-manager",
  hooks: [
    {
      files: ["values.yaml"],
      answer: "replaced",
      by: "The startup check waits until the webhook answers: the program does so itself, by dry runs, before it makes anything that the webhook judges (components/cluster/webhooks.ts).",
    },
  ],
  crds: { kind: "templates", values: { crds: { enabled: true, keep: false } } },
};
