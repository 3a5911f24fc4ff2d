import { rule } from "../../engine/rule";
import { withResources } from "./_resources";

/** Containers request the memory that they may use. */
export const memoryGuaranteed = rule({
  id: "availability/memory-guaranteed",
  severity: "low",
  title: "Containers request the memory that they may use",
  why: "Memory above the request is taken back by killing the container, at the moment that another one needs what it asked for.",
  standards: { iso27002: ["8.6"], kubeScore: ["container-memory-requests-equal-limits"] },
  levels: { baseline: "off", mijnbureau: "off", strict: "off" },
  subject: "container",
  containers: withResources,
  when: `container.?resources.?limits[?"memory"].hasValue() && container.?resources.?requests[?"memory"].hasValue()`,
  valid:
    "quantity(string(container.resources.requests.memory)).compareTo(quantity(string(container.resources.limits.memory))) == 0",
  message: "may use more memory than it requests",
  field: "resources",
  remedy: "Set the memory request to the memory limit.",
});
