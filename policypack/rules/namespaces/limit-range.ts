import { stackRule } from "../../engine/rule";
import { asObjects, asString, at } from "../../../lib/json";

/** What the defaults for a container must hold. */
const defaults = [
  ["defaultRequest", "cpu"],
  ["defaultRequest", "memory"],
  ["default", "memory"],
] as const;

/** Namespaces give containers requests and limits by default. */
export const limitRange = stackRule({
  id: "namespaces/limit-range",
  severity: "low",
  title: "Namespaces give containers requests and limits by default",
  why: "Under a quota a pod without requests is refused, and without a quota it may take a whole node.",
  standards: { nsa: true, iso27002: ["8.6"], trivy: ["KSV-0039"], kyverno: ["add-ns-quota"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  message: "has no LimitRange with defaults for containers",
  remedy: "Add a LimitRange of type Container with defaultRequest cpu and memory and default memory.",
  select: (stack) => stack.ownedNamespaces(),
  check: (namespace, stack) => {
    const limits = stack
      .ofKind("LimitRange", namespace.name)
      .flatMap(({ object }) => asObjects(at(object, "spec", "limits")));
    const containers = limits.filter((limit) => asString(limit["type"]) === "Container");
    return defaults.every(([field, resource]) => containers.some((limit) => at(limit, field, resource) !== undefined))
      ? []
      : [{}];
  },
});
