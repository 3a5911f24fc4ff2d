import { stackRule } from "../../engine/rule";
import { asObject, at, stringMap } from "../../../lib/json";
import type { StackObject } from "../../engine/stack";

function inMesh(namespace: StackObject): boolean {
  const { labels, annotations } = namespace;
  return (
    labels["istio-injection"] === "enabled" ||
    labels["istio.io/rev"] !== undefined ||
    labels["istio.io/dataplane-mode"] === "ambient" ||
    (annotations["linkerd.io/inject"] ?? "disabled") !== "disabled"
  );
}

/** Label and annotation of Istio, label of its ambient mode, annotation of Linkerd (their documentation on injection). */
const optOuts = [
  ["labels", "sidecar.istio.io/inject", "false"],
  ["annotations", "sidecar.istio.io/inject", "false"],
  ["labels", "istio.io/dataplane-mode", "none"],
  ["annotations", "linkerd.io/inject", "disabled"],
] as const;

/** Pods do not leave the service mesh of their namespace. */
export const meshInjection = stackRule({
  id: "namespaces/mesh-injection",
  severity: "medium",
  title: "Pods do not leave the service mesh of their namespace",
  why: "A pod outside the mesh talks in plain text and is not held to the mesh's authorisation policies.",
  standards: { iso27002: ["8.20", "8.24"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  message: "is kept out of the service mesh",
  remedy: "Remove the label or annotation that disables injection.",
  select: (stack) => stack.workloads(),
  concerns: ({ namespace }, stack) => {
    const found = stack.namespace(namespace);
    return found !== undefined && inMesh(found);
  },
  check: ({ pod }) => {
    const metadata = asObject(pod?.pod["metadata"]);
    return optOuts.some(([map, key, value]) => stringMap(at(metadata, map))[key] === value) ? [{}] : [];
  },
});
