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

function given(kind: string, resource: string): string {
  return `container.?resources.?${kind}[?"${resource}"].hasValue() || pod.spec.?resources.?${kind}[?"${resource}"].hasValue()`;
}

/** Ephemeral containers cannot have resources of their own. */
export const withResources = ["containers", "initContainers"] as const;
