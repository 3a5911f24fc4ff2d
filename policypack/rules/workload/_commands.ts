/** Probes of a container. */
export const probes = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

/** CEL: what the kubelet runs in a container beside its command, handler by handler. */
export const handlers: readonly string[] = ["lifecycle.?postStart", "lifecycle.?preStop", ...probes].map(
  (handler) => `container.?${handler}.?exec.?command.orValue([])`,
);

/** CEL: all containers of a pod. */
export const everyContainer =
  "(pod.spec.?containers.orValue([]) + pod.spec.?initContainers.orValue([]) + pod.spec.?ephemeralContainers.orValue([]))";
