import { stackRule } from "../../engine/rule";
import { asString, at, stringMap } from "../../../lib/json";
import { podLabels } from "./_scale";

/** StatefulSets name a headless Service that selects their pods. */
export const headlessService = stackRule({
  id: "availability/headless-service",
  severity: "low",
  title: "StatefulSets name a headless Service that selects their pods",
  why: "Without it the pods have no names of their own in DNS, and a cluster of databases does not find its members.",
  standards: { iso27002: ["8.14"], kubeScore: ["statefulset-has-servicename"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  message: "names no headless Service that selects its pods",
  remedy: "Set serviceName to a Service with clusterIP: None and the labels of the pods as selector.",
  select: (stack) => stack.ofKind("apps/StatefulSet"),
  check: (set, stack) => {
    const name = asString(at(set.object, "spec", "serviceName"));
    const labels = podLabels(set);
    const found = stack.ofKind("Service", set.namespace).some((service) => {
      const selector = Object.entries(stringMap(at(service.object, "spec", "selector")));
      return (
        service.name === name &&
        at(service.object, "spec", "clusterIP") === "None" &&
        selector.length > 0 &&
        selector.every(([key, value]) => labels[key] === value)
      );
    });
    return found ? [] : [{}];
  },
});
