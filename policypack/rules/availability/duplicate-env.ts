import { rule } from "../../engine/rule";
import { everyContainer } from "../workload/_commands";

/** Environment variables are set once. */
export const duplicateEnv = rule({
  id: "availability/duplicate-env",
  severity: "low",
  title: "Environment variables are set once",
  why: "The last value wins silently, and server-side apply merges by name and refuses or drops one of them.",
  standards: {
    iso27002: ["8.9"],
    kubeScore: ["environment-variable-key-duplication"],
    kubeLinter: ["duplicate-env-var"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: "container.?env.orValue([]).map(e, e.name).distinct().size() == container.?env.orValue([]).size()",
  // Each name is compared with each.
  withinCost: `${everyContainer}.map(c, c.?env.orValue([]).size() * c.?env.orValue([]).size()).sum() < 400000`,
  message: "sets an environment variable twice",
  field: "env",
  remedy: "Remove one of the two entries.",
});
