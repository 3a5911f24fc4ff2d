import { inert, helmTest, noKind, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "falcosidekick",
  hooks: [helmTest("templates/tests/test-connection.yaml")],
  crds: noKind,
  inertKeys: {
    "prometheusRules.enabled": inert.gated,
  },
};
