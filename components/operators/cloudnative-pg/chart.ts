import { inert, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "cloudnative-pg",
  hooks: [],
  crds: { kind: "templates", values: { crds: { create: true } } },
  inertKeys: { "crds.create": inert.skippedCrds },
};

/** The plugin's chart gives its CRD and its version; its objects are ours (plugin.ts), or two charts would share a namespace. */
export const pluginChart: ChartFacts = {
  entry: "plugin-barman-cloud",
  hooks: [],
  crds: { kind: "templates", values: { crds: { create: true } } },
};
