import { rule } from "../../engine/rule";

/** Probes use ports that the container has. */
export const probePort = rule({
  id: "availability/probe-port",
  severity: "medium",
  title: "Probes use ports that the container has",
  why: "A probe on a port name that does not exist fails for ever: the pod never gets ready, or is restarted without end.",
  standards: {
    iso27002: ["8.14"],
    kubeScore: ["container-ports-check"],
    kubeLinter: ["liveness-port", "readiness-port", "startup-port"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  containers: ["containers", "initContainers"],
  valid: `["livenessProbe", "readinessProbe", "startupProbe"].all(p, ["httpGet", "tcpSocket"].all(k,
  !container[?p][?k].?port.hasValue() || type(container[p][k].port) != string ||
  container.?ports.orValue([]).exists(q, q.?name.orValue("") == container[p][k].port)))`,
  message: "probes a port by a name that it does not declare",
  remedy: "Correct the name, or declare the port in ports.",
});
