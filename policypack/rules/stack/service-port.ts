import { stackRule } from "../../engine/rule";
import { asObjects, asString, at } from "../../../lib/json";
import type { Json, JsonObject } from "../../../lib/json";
import type { StackObject } from "../../engine/stack";
import { owned, workloadsOf } from "./_selection";

/** The ports that the containers of a pod declare; init containers are there for those that go on running. */
function declared(workload: StackObject): readonly JsonObject[] {
  const spec = at(workload.pod?.pod, "spec");
  return [...asObjects(at(spec, "containers")), ...asObjects(at(spec, "initContainers"))].flatMap((container) =>
    asObjects(container["ports"]),
  );
}

/** Whether a Service's port leads to none of the declared ones. Pods that declare no number may listen on any. */
function leadsNowhere(port: JsonObject, ports: readonly JsonObject[]): boolean {
  const target = port["targetPort"] ?? port["port"];
  const protocol = asString(port["protocol"]) ?? "TCP";
  if (typeof target === "number" && ports.length === 0) return false;
  return !ports.some(
    (each) =>
      (each["name"] === target || each["containerPort"] === target) &&
      (asString(each["protocol"]) ?? "TCP") === protocol,
  );
}

const shown = (port: Json | undefined): string => (typeof port === "number" ? `${port}` : (asString(port) ?? ""));

/** Services lead to ports that the selected pods declare. */
export const servicePort = stackRule({
  id: "stack/service-port",
  severity: "medium",
  title: "Services lead to ports that the selected pods declare",
  why: "A name that no container declares answers nobody; a number may, but whoever writes policies and reviews the pod does not know of it.",
  standards: { iso27002: ["8.9"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "leads to a port that no selected container declares",
  remedy: "Make targetPort the name or number of a port of the container, with the same protocol.",
  select: (stack) => owned(stack, stack.ofKind("Service")),
  check: (service, stack) => {
    const workloads = workloadsOf(service, stack);
    const open = asObjects(at(service.object, "spec", "ports")).filter(
      (port) => workloads.length > 0 && workloads.every((workload) => leadsNowhere(port, declared(workload))),
    );
    return open.map((port) => ({
      message: `leads to port ${shown(port["targetPort"] ?? port["port"])}, which no selected container declares`,
      field: "spec.ports",
    }));
  },
});
