import { stackRule } from "../../engine/rule";
import { asObjects, at } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { append, derived } from "../../engine/stack";
import type { StackObject } from "../../engine/stack";
import { raiseUnknown, unlessUnknown } from "../../../lib/unknown";
import { owned, serviceSelector } from "./_selection";

const target = (port: JsonObject): string =>
  JSON.stringify([port["targetPort"] ?? port["port"], port["protocol"] ?? "TCP"]);

/** What a Service sends to: the selector and the ports of the pods. */
function destinations(service: StackObject): readonly string[] {
  const selector = Object.entries(serviceSelector(service)).sort(([a], [b]) => (a < b ? -1 : 1));
  // A headless Service gives out the pods' own addresses: every StatefulSet has one beside the other.
  if (selector.length === 0 || at(service.object, "spec", "clusterIP") === "None") return [];
  return asObjects(at(service.object, "spec", "ports")).map((port) => JSON.stringify([selector, target(port)]));
}

/** Who sends to a place of a namespace, and of whom that is not known yet. */
const senders = derived((stack) => {
  const known = new Map<string, StackObject[]>();
  const unknown: StackObject[] = [];
  for (const service of stack.ofKind("Service")) {
    const places = unlessUnknown(
      () => [...new Set(destinations(service))].map((each) => `${service.namespace} ${each}`),
      undefined,
    );
    if (places === undefined) unknown.push(service);
    for (const place of places ?? []) append(known, place, service);
  }
  return { known, unknown };
});

/** Services of one namespace do not lead to the same port of the same pods. */
export const duplicateService = stackRule({
  id: "stack/duplicate-service",
  severity: "low",
  title: "Services of one namespace do not lead to the same port of the same pods",
  why: "A second Service is a second way in, often with another type or other source ranges, that nobody thinks of when the first is closed.",
  standards: { iso27002: ["8.9", "8.20"], gatekeeper: ["uniqueserviceselector"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  message: "leads to the same port of the same pods as another Service",
  remedy: "Keep one of them, or give them selectors that differ.",
  select: (stack) => owned(stack, stack.ofKind("Service")),
  check: (service, stack) => {
    const { known, unknown } = senders(stack);
    // The first other one of each destination: all of a thousand on one would be a million.
    const others = destinations(service).flatMap(
      (each) => known.get(`${service.namespace} ${each}`)?.find((other) => other !== service) ?? [],
    );
    const near = unknown.filter(({ namespace }) => namespace === service.namespace);
    if (others.length === 0 && near.some((other) => other !== service)) raiseUnknown();
    return [...new Set(others)].map((other) => ({
      message: `leads to the same port of the same pods as Service ${other.shown.name}`,
      field: "spec.selector",
    }));
  },
});
