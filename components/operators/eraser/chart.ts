import { type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "eraser",
  hooks: [],
  crds: { kind: "templates", values: {} },
};
