import { rule } from "../../engine/rule";

const handlers = [
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle.?postStart",
  "lifecycle.?preStop",
].flatMap((handler) =>
  ["httpGet", "tcpSocket"].map((call) => `container.?${handler}.?${call}.?host.orValue("") == ""`),
);

/**
 * Pod Security says the same from v1.34 on only, so a namespace that pins an older version, or a cluster that knows
 * none, would be without.
 */
export const probeHost = rule({
  id: "workload/probe-host",
  severity: "high",
  title: "The kubelet calls no other host than the pod for a probe or hook",
  why: "The kubelet makes these calls from the node, past every NetworkPolicy: to the metadata service of the cloud, to what listens on the node's own address such as etcd, to other apps.",
  standards: { pss: "baseline", iso27002: ["8.20", "8.22"], gatekeeper: ["host-probes-lifecycle"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  valid: handlers.join(" && "),
  message: "names a host in a probe or lifecycle hook",
  remedy: "Remove httpGet.host and tcpSocket.host; the kubelet then uses the pod's own address.",
});
