import { rule } from "../../engine/rule";
import { withResources } from "./_resources";

/** CEL: resources of which one is requested beyond the limit; both stand where these say. */
const beyond = (requests: string, limits: string): string =>
  `${requests}.orValue({}).filter(k, ${limits}[?k].hasValue() &&
    quantity(string(${requests.replaceAll("?", "")}[k])).isGreaterThan(quantity(string(${limits.replaceAll("?", "")}[k]))))`;

const [own, whole] = ["container.?resources", "pod.spec.?resources"];
const found = [
  beyond(`${own}.?requests`, `${own}.?limits`),
  beyond(`${own}.?requests`, `${whole}.?limits`),
  beyond(`${whole}.?requests`, `${whole}.?limits`),
];

/** Containers request no more than they, and their whole pods (`spec.resources`), may use. */
export const requestAboveLimit = rule({
  id: "availability/request-above-limit",
  severity: "high",
  title: "Containers request no more than they may use",
  why: "The API server refuses the pod, and the release stops half way.",
  standards: { iso27002: ["8.6", "8.9"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  containers: withResources,
  valid: found.map((each) => `${each}.size() == 0`).join(" &&\n  "),
  message: "requests more than its limit",
  detail: `(${found.join(" +\n  ")}).distinct().join(", ")`,
  field: "resources",
  remedy: "Set the request to the limit or below, on the container or on the pod.",
  notAtAdmission: "The API server's own validation refuses such an object before policies see it.",
});
