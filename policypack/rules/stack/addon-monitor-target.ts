import { asList, asObject, asObjects, asString, at } from "../../../lib/json";
import { stackRule } from "../../engine/rule";
import { selects } from "../../engine/stack";
import type { StackDefect } from "../../engine/rule";
import type { StackIndex, StackObject } from "../../engine/stack";
import { podLabels } from "../availability/_scale";
import { deployedIn } from "./_selection";

const SERVICE_MONITOR = "monitoring.coreos.com/ServiceMonitor";

/** The namespaces of the platform that a monitor looks into; what lies elsewhere is made by others. */
function watched(monitor: StackObject, stack: StackIndex): readonly string[] {
  const owned = [...stack.ownedNames()];
  const selector = asObject(at(monitor.object, "spec", "namespaceSelector"));
  if (selector?.["any"] === true) return owned;
  const names = asList(selector?.["matchNames"]);
  return owned.filter((name) => (names.length === 0 ? name === monitor.namespace : names.includes(name)));
}

/** Objects of the stack that a monitor may select: Services, or workloads by the labels of their pods. */
function candidates(monitor: StackObject, namespace: string, stack: StackIndex): readonly StackObject[] {
  if (monitor.kind !== SERVICE_MONITOR) return deployedIn(namespace, stack);
  return stack.ofKind("Service").filter((service) => service.namespace === namespace);
}

/** Named ports of a monitor that none of its Services has. */
function missingPorts(monitor: StackObject, services: readonly StackObject[]): readonly StackDefect[] {
  const offered = services.flatMap(({ object }) => asObjects(at(object, "spec", "ports")).map((port) => port["name"]));
  return asObjects(at(monitor.object, "spec", "endpoints"))
    .flatMap((endpoint) => asString(endpoint["port"]) ?? [])
    .filter((port) => !offered.includes(port))
    .map((port) => ({ message: `scrapes port ${port}, which no selected Service has`, field: "spec.endpoints" }));
}

/** Monitors scrape something. */
export const addonMonitorTarget = stackRule({
  id: "stack/addon-monitor-target",
  severity: "low",
  title: "Monitors scrape something",
  why: "A monitor whose labels or port match nothing leaves no trace: no target is down, and the alerts on its metrics never fire.",
  standards: { iso27002: ["8.16"], kubeLinter: ["dangling-servicemonitor"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "selects nothing",
  remedy: "Make selector the labels of the Service or pods, and port the name of one of its ports.",
  select: (stack) => [SERVICE_MONITOR, "monitoring.coreos.com/PodMonitor"].flatMap((kind) => stack.ofKind(kind)),
  check: (monitor, stack) => {
    const isService = monitor.kind === SERVICE_MONITOR;
    const all = watched(monitor, stack).flatMap((namespace) => candidates(monitor, namespace, stack));
    const selector = asObject(at(monitor.object, "spec", "selector")) ?? {};
    const selected = all.filter((each) => selects(selector, isService ? each.labels : podLabels(each)));
    if (all.length === 0) return [];
    if (selected.length === 0) return [{ field: "spec.selector" }];
    return isService ? missingPorts(monitor, selected) : [];
  },
});
