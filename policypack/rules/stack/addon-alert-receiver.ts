import { asString } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { withoutPod } from "./_addon";
import { routesUnder, routingOf } from "./_alertmanager";

/** Alerts reach somebody. */
export const addonAlertReceiver = stackRule({
  id: "stack/addon-alert-receiver",
  severity: "high",
  title: "Alerts reach somebody",
  why: "The chart's own configuration sends everything to a receiver without address: the dashboards are green, and nobody is woken.",
  standards: { iso27002: ["8.16", "6.8", "5.26"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "mandatory" },
  message: "sends alerts to nobody",
  remedy:
    "Give the first route a receiver with an integration (webhook, e-mail, …), and define every receiver that a route names.",
  select: (stack) =>
    ["Alertmanager", "AlertmanagerConfig"]
      .flatMap((kind) => stack.ofKind(`monitoring.coreos.com/${kind}`))
      .map(withoutPod),
  check: (object, stack) => {
    const routing = routingOf(object, stack);
    // An AlertmanagerConfig with receivers alone adds no route.
    const onlyReceivers = object.kind.endsWith("Config") && routing?.route === undefined;
    if (routing === undefined || onlyReceivers) return [];
    const { route, receivers } = routing;
    if (route === undefined) return [{ message: "has no route" }];
    const known = new Map(receivers.map((receiver) => [receiver.name, receiver]));
    const named = routesUnder(route).flatMap((each) => asString(each["receiver"]) ?? []);
    const missing = [...new Set(named)].filter((name) => !known.has(name));
    const first = known.get(asString(route["receiver"]) ?? "");
    return [
      ...missing.map((name) => ({ message: `routes to receiver ${name}, which is not defined` })),
      ...(first?.notifies === false
        ? [{ message: `sends what no other route takes to receiver ${first.name}, which notifies nobody` }]
        : []),
      ...(asString(route["receiver"]) === undefined ? [{ message: "has a first route without receiver" }] : []),
    ];
  },
});
