import { inert, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "external-secrets",
  hooks: [],
  crds: { kind: "templates", values: { installCRDs: true, crds: { conversion: { enabled: false } } } },
  inertKeys: {
    "crds.conversion.enabled": inert.skippedCrds,
    "crds.unsafeServeV1Beta1": inert.skippedCrds,
  },
};
