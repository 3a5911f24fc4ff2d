import { rule } from "../../engine/rule";

/** Liveness and readiness are not the same check. */
export const probesDiffer = rule({
  id: "availability/probes-differ",
  severity: "low",
  title: "Liveness and readiness are not the same check",
  why: "When the database is away, the readiness check should take the pod out of service; the same check as liveness restarts all pods at once instead.",
  standards: { iso27002: ["8.14"], kyverno: ["validate-probes"], kubeScore: ["pod-probes-identical"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "container",
  containers: ["containers"],
  when: "container.?livenessProbe.hasValue() && container.?readinessProbe.hasValue()",
  // A check that only opens a port or connects to the process itself says nothing about other services, but being slow it restarts all pods just the same.
  valid: `!(container.livenessProbe.?httpGet.hasValue() && container.readinessProbe.?httpGet.hasValue() &&
    container.livenessProbe.httpGet.?path.orValue("/") == container.readinessProbe.httpGet.?path.orValue("/") &&
    container.livenessProbe.httpGet.port == container.readinessProbe.httpGet.port) &&
!(container.livenessProbe.?tcpSocket.hasValue() && container.readinessProbe.?tcpSocket.hasValue() &&
    container.livenessProbe.tcpSocket.port == container.readinessProbe.tcpSocket.port) &&
!(container.livenessProbe.?grpc.hasValue() && container.readinessProbe.?grpc.hasValue() &&
    container.livenessProbe.grpc.port == container.readinessProbe.grpc.port &&
    container.livenessProbe.grpc.?service.orValue("") == container.readinessProbe.grpc.?service.orValue("")) &&
!(container.livenessProbe.?exec.hasValue() && container.readinessProbe.?exec.hasValue() &&
    container.livenessProbe.exec.?command.orValue([]) == container.readinessProbe.exec.?command.orValue([]))`,
  message: "has the same check for liveness and readiness",
  field: "readinessProbe",
  remedy: "Let liveness check the process alone, and readiness also what it needs.",
});
