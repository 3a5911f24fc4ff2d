import { rule } from "../../engine/rule";
import { withResources } from "./_resources";

/** Containers request no more than they may use. */
export const requestAboveLimit = rule({
  id: "availability/request-above-limit",
  severity: "high",
  title: "Containers request no more than they may use",
  why: "The API server refuses the pod, and the release stops half way.",
  standards: { iso27002: ["8.6", "8.9"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  containers: withResources,
  valid: `container.?resources.?requests.orValue({}).all(k, !container.?resources.?limits[?k].hasValue() ||
    !quantity(string(container.resources.requests[k])).isGreaterThan(quantity(string(container.resources.limits[k]))))`,
  message: "requests more than its limit",
  detail: `container.?resources.?requests.orValue({}).filter(k, container.?resources.?limits[?k].hasValue() &&
    quantity(string(container.resources.requests[k])).isGreaterThan(quantity(string(container.resources.limits[k])))).join(", ")`,
  field: "resources",
  remedy: "Set the request to the limit or below.",
  notAtAdmission: "The API server's own validation refuses such an object before policies see it.",
});
