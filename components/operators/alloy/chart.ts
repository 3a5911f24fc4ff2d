import { inert, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "alloy",
  hooks: [],
  crds: { kind: "none", reason: "PodLogs is the only kind, and logs are selected in Alloy's own configuration." },
  inertKeys: {
    "crds.create": inert.skippedCrds,
  },
};
