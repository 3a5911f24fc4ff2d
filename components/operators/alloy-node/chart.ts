import { inert, type ChartFacts } from "../../charts/facts";
import { chart as alloy } from "../alloy/chart";

/** The chart of operator alloy, with values of its own. */
export const chart: ChartFacts = {
  ...alloy,
  inertKeys: {
    "crds.create": inert.skippedCrds,
  },
};
