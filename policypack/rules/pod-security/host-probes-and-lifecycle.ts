import { rule } from "../../engine/rule";

/** Pod Security Standards, baseline, "Host Probes / Lifecycle Hooks" (check `hostProbesAndHostLifecycle`, from 1.34). */
export const hostProbesAndLifecycle = rule({
  id: "pod-security/host-probes-and-lifecycle",
  severity: "medium",
  title: "Probes and lifecycle hooks connect to no other host than the pod",
  why: "The kubelet makes these connections, so a host field lets a pod reach addresses that its own NetworkPolicy forbids (server-side request forgery).",
  message: "names a host in a probe or lifecycle hook",
  remedy: "Remove httpGet.host and tcpSocket.host; the kubelet then uses the pod's own address.",
  standards: { pss: "baseline", iso27002: ["8.20", "8.22"], gatekeeper: ["host-probes-lifecycle"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "baseline",
  subject: "container",
  versions: [
    {
      since: "1.34",
      valid:
        "container.?livenessProbe.?httpGet.?host.orValue('') == '' && container.?livenessProbe.?tcpSocket.?host.orValue('') == '' && container.?readinessProbe.?httpGet.?host.orValue('') == '' && container.?readinessProbe.?tcpSocket.?host.orValue('') == '' && container.?startupProbe.?httpGet.?host.orValue('') == '' && container.?startupProbe.?tcpSocket.?host.orValue('') == '' && container.?lifecycle.?postStart.?httpGet.?host.orValue('') == '' && container.?lifecycle.?postStart.?tcpSocket.?host.orValue('') == '' && container.?lifecycle.?preStop.?httpGet.?host.orValue('') == '' && container.?lifecycle.?preStop.?tcpSocket.?host.orValue('') == ''",
    },
  ],
});
