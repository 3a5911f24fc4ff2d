import { type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "snapshot-controller",
  hooks: [],
  crds: { kind: "templates", values: { installCRDs: true, webhook: { enabled: false } } },
};
