import { crdsSubchart, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "grafana-operator",
  hooks: [],
  crds: crdsSubchart,
};
