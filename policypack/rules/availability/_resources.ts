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

/** Ephemeral containers cannot have resources of their own. */
export const withResources = ["containers", "initContainers"] as const;
