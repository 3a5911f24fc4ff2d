import { ownFolder, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "security-profiles-operator",
  hooks: [],
  crds: ownFolder,
};
