import { ownFolder, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "trivy-operator",
  hooks: [],
  crds: ownFolder,
};
