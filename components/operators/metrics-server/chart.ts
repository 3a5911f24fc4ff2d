import { noKind, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "metrics-server",
  hooks: [],
  crds: noKind,
};
