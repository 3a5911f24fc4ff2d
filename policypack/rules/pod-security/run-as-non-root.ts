import { rule } from "../../engine/rule";

/** Pod Security Standards, restricted, "Running as Non-root" (check `runAsNonRoot`; user namespaces exempt from 1.35). An explicit false on the pod counts even where every container overrides it. */
export const runAsNonRoot = rule({
  id: "pod-security/run-as-non-root",
  severity: "medium",
  title: "Containers must run as non-root",
  why: "Root in a container is root on the node for every file and device that leaks into it.",
  message: "may run as root",
  remedy: "Set runAsNonRoot to true on the pod or the container, and to false nowhere.",
  standards: {
    pss: "restricted",
    cis: ["5.2.7"],
    nsa: true,
    iso27002: ["8.2", "8.9"],
    checkov: ["CKV_K8S_23"],
    trivy: ["KSV-0012"],
    kyverno: ["require-run-as-nonroot"],
    kubescape: ["C-0013"],
    kubeLinter: ["run-as-non-root"],
    polaris: ["runAsRootAllowed"],
    gatekeeper: ["users"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "container",
  versions: [
    {
      since: "1.0",
      valid:
        "pod.spec.?securityContext.?runAsNonRoot.orValue(true) && container.?securityContext.?runAsNonRoot.orValue(pod.spec.?securityContext.?runAsNonRoot.orValue(false))",
    },
    {
      since: "1.35",
      valid:
        "!pod.spec.?hostUsers.orValue(true) || (pod.spec.?securityContext.?runAsNonRoot.orValue(true) && container.?securityContext.?runAsNonRoot.orValue(pod.spec.?securityContext.?runAsNonRoot.orValue(false)))",
    },
  ],
  field: "securityContext.runAsNonRoot",
});
