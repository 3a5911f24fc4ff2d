import { inert, helmTest, noKind, type ChartFacts } from "../../charts/facts";

/** What the program counts on in this chart. */
export const chart: ChartFacts = {
  entry: "falco",
  hooks: [helmTest("charts/falcosidekick/templates/tests/test-connection.yaml")],
  crds: noKind,
  inertKeys: {
    "driver.loader.initContainer.image.registry": inert.loader,
    "falco.webserver.enabled": inert.implied,
    "falco.webserver.prometheus_metrics_enabled": inert.implied,
  },
};
