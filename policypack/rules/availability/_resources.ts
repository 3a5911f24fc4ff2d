import { asObjects, at } from "../../../lib/json";
import type { JudgedSubject } from "../../engine/rule";
import type { StackIndex } from "../../engine/stack";

/**
 * CEL: the container, or its whole pod (`spec.resources`, KEP-2837), has an amount of this resource. A limit is
 * also a request where none is given (Kubernetes API defaulting, `SetDefaults_ResourceList`).
 */
export function requested(resource: string): string {
  return ["requests", "limits"].map((kind) => given(kind, resource)).join(" ||\n");
}

/** CEL: the container or its whole pod has a limit of this resource. */
export function limited(resource: string): string {
  return given("limits", resource);
}

// What a whole pod can have (Kubernetes documentation, "Assign Pod-level CPU and memory resources").
const ofPods: ReadonlySet<string> = new Set(["cpu", "memory"]);

function given(kind: string, resource: string): string {
  const own = `container.?resources.?${kind}[?"${resource}"].hasValue()`;
  return ofPods.has(resource) ? `${own} || pod.spec.?resources.?${kind}[?"${resource}"].hasValue()` : own;
}

/**
 * Whether a LimitRange of the stack gives the container an amount of a resource: its defaults are filled in before
 * validation, and a default limit is also a request (Kubernetes documentation, "Limit Ranges").
 */
export const givenByLimitRange =
  (resource: string, kind: "requests" | "limits") =>
  ({ object }: JudgedSubject, stack: StackIndex): boolean =>
    stack
      .ofKind("LimitRange", object.namespace)
      .some((range) =>
        asObjects(at(range.object, "spec", "limits")).some(
          (entry) =>
            entry["type"] === "Container" &&
            (kind === "limits" ? ["default", "max"] : ["defaultRequest", "default", "max", "min"]).some(
              (field) => at(entry, field, resource) !== undefined,
            ),
        ),
      );

/** Ephemeral containers cannot have resources of their own. */
export const withResources = ["containers", "initContainers"] as const;
