import { inert, type ChartFacts } from "../../charts/facts";
import { chart as falco } from "../falco/chart";

/** The chart of operator falco, with values of its own. */
export const chart: ChartFacts = {
  ...falco,
  inertKeys: {
    "collectors.enabled": inert.implied,
    "driver.loader.initContainer.image.registry": inert.loader,
    "falco.webserver.enabled": inert.implied,
    "falco.webserver.prometheus_metrics_enabled": inert.implied,
  },
};
