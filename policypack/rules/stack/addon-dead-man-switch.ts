import { stringMap } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { alertsOf, withoutPod } from "./_addon";
import { reached, routingOf } from "./_alertmanager";

/** Always one sample: the alert never stops. */
const ALWAYS = /^\s*vector\(\s*1\s*\)\s*(>\s*0\s*)?$/;

/** An alert that never stops is sent on, so that its absence is noticed. */
export const addonDeadManSwitch = stackRule({
  id: "stack/addon-dead-man-switch",
  severity: "medium",
  title: "The absence of alerts is noticed elsewhere",
  why: "Monitoring that is down raises no alert about it: only an alert that never stops, watched from outside, tells silence from health.",
  standards: { iso27002: ["8.16", "8.14"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "sends no alert that never stops",
  remedy:
    "Add an alert with the expression vector(1) (kube-prometheus-stack: Watchdog), and route it to a service outside the cluster that warns when it stays away.",
  select: (stack) => stack.ofKind("monitoring.coreos.com/Alertmanager").map(withoutPod),
  check: (alertmanager, stack) => {
    const constant = alertsOf(stack).filter(({ expr }) => ALWAYS.test(expr));
    if (constant.length === 0) return [{ message: "gets no alert that never stops" }];
    const routing = routingOf(alertmanager, stack);
    if (routing?.route === undefined) return [];
    const { route, receivers } = routing;
    const notified = new Set(receivers.filter(({ notifies }) => notifies).map(({ name }) => name));
    const sent = constant.some(({ name, labels }) =>
      reached(route, { ...stringMap(labels), alertname: name }).some((receiver) => notified.has(receiver)),
    );
    return sent ? [] : [{ message: `sends ${constant.map(({ name }) => name).join(", ")} to nobody` }];
  },
});
