import { rule } from "../../engine/rule";

/** Deployments replace their pods a few at a time. */
export const rollingUpdate = rule({
  id: "availability/rolling-update",
  severity: "low",
  title: "Deployments replace their pods a few at a time",
  why: "Recreate, or maxUnavailable 100%, takes the app down at every release.",
  standards: {
    iso27002: ["8.14", "8.32"],
    kubeScore: ["deployment-strategy"],
    kubeLinter: ["no-rolling-update-strategy"],
  },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "workload",
  kinds: ["apps/Deployment"],
  when: "object.spec.?replicas.orValue(1) > 1",
  valid: `object.spec.?strategy.?type.orValue("RollingUpdate") == "RollingUpdate" &&
object.spec.?strategy.?rollingUpdate.?maxUnavailable.orValue("25%") != "100%"`,
  message: "stops all its pods at once when it is updated",
  field: "spec.strategy",
  remedy: "Use the strategy RollingUpdate with a maxUnavailable below 100%.",
});
