import { literal } from "../cel";
import { written, type Guard } from "./guard";

/** Fields by which the Grafana operator fetches something, or has Grafana install a program (its API reference). */
const FETCHED = ["url", "urlAuthorization", "grafanaCom", "jsonnet", "jsonnetLib", "plugins", "env", "envs", "envFrom"];

/** The Grafana operator fetches with its own network rights, and everybody who looks at Grafana sees the answer. */
export const dashboards: Guard = {
  name: "mijnbureau-platform-dashboards",
  role: "suite",
  resources: [written("grafana.integreatly.org", "grafanadashboards")],
  matchConditions: [],
  validations: [
    {
      expression: `!${literal(FETCHED)}.exists(field, dyn(object).?spec[?field].hasValue())`,
      message: `A dashboard of an app holds its JSON itself (spec.json, spec.configMapRef): none of ${FETCHED.join(", ")}.`,
    },
    {
      expression: "duration(dyn(object).?spec.?resyncPeriod.orValue('10m')) >= duration('1m')",
      message: "The Grafana operator serves everybody: spec.resyncPeriod is 1m or more.",
    },
  ],
};
