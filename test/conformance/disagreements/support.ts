import { asList, asObjects, asString, at, stringMap } from "../../../lib/json";
import type { JsonObject } from "../../../lib/json";
import { podOf } from "../../../policypack/engine/workload";
import type { Tool } from "../../../policypack/external-checks";
import type { Label } from "../labelled";

/** Labels on which our verdict is another one, and why that is right. */
export interface Disagreement {
  readonly tool: Tool;
  readonly check: string;
  /** What the label says; our verdict is the opposite. */
  readonly expect: "pass" | "fail";
  /** Which labels of the check, by what stands in their objects. It holds for no label on which we agree. */
  readonly where: (label: Label) => boolean;
  readonly reason: string;
  /** The rule should say the same, and does not yet. */
  readonly gap?: true;
}

const kindsOf = ({ objects }: Label): readonly string[] => objects.map((object) => asString(object["kind"]) ?? "");
export const has =
  (...kinds: readonly string[]) =>
  (label: Label): boolean =>
    kindsOf(label).some((kind) => kinds.includes(kind));
export const lacks =
  (...kinds: readonly string[]) =>
  (label: Label): boolean =>
    !has(...kinds)(label);

export const pods = ({ objects }: Label): readonly JsonObject[] =>
  objects.flatMap((object) => {
    const pod = podOf(object);
    return pod === undefined ? [] : [pod.pod];
  });
export const containers = ({ objects }: Label): readonly JsonObject[] =>
  objects.flatMap((object) => podOf(object)?.containers.map(({ container }) => container) ?? []);
export const capabilities = (container: JsonObject, list: "add" | "drop"): readonly unknown[] =>
  asList(at(container, "securityContext", "capabilities", list));
const podAnnotations = (label: Label): readonly string[] =>
  pods(label).flatMap((pod) => Object.keys(stringMap(at(pod, "metadata", "annotations"))));
export const seccompOnlyAnnotated = (label: Label): boolean =>
  podAnnotations(label).some((key) => key.startsWith("seccomp.security.alpha.kubernetes.io/"));
export const rules = ({ objects }: Label): readonly JsonObject[] =>
  objects.flatMap((object) => asObjects(object["rules"]));
export const limits = (container: JsonObject, resource: string): boolean =>
  at(container, "resources", "limits", resource) !== undefined;
export const requests = (container: JsonObject, resource: string): boolean =>
  at(container, "resources", "requests", resource) !== undefined;
export const noDropAll = (label: Label): boolean =>
  containers(label).some((container) => !capabilities(container, "drop").includes("ALL"));

/** A disagreement with labels of a tool that is known from the file. */
export type Of = Omit<Disagreement, "tool">;

export const readinessOfPods =
  "a bare Pod is reported as such (availability/naked-pod); what serves and is replaced is judged where it is written, in its workload";
