import { rule } from "../../engine/rule";

/** Pod Security Standards, restricted, "Running as Non-root user" (check `runAsUser`, from 1.23; user namespaces exempt from 1.35). */
export const runAsUser = rule({
  id: "pod-security/run-as-user",
  severity: "medium",
  title: "Containers do not ask for user 0",
  why: "User 0 is root.",
  message: "asks for user 0",
  remedy: "Remove runAsUser: 0 from the pod and its containers, or use another number.",
  standards: {
    pss: "restricted",
    cis: ["5.2.7"],
    nsa: true,
    iso27002: ["8.2", "8.9"],
    trivy: ["KSV-0105"],
    kyverno: ["require-run-as-non-root-user"],
    kubescape: ["C-0013"],
    gatekeeper: ["users"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "container",
  versions: [
    {
      since: "1.23",
      valid:
        "container.?securityContext.?runAsUser.orValue(1) != 0 && pod.spec.?securityContext.?runAsUser.orValue(1) != 0",
    },
    {
      since: "1.35",
      valid:
        "!pod.spec.?hostUsers.orValue(true) || (container.?securityContext.?runAsUser.orValue(1) != 0 && pod.spec.?securityContext.?runAsUser.orValue(1) != 0)",
    },
  ],
  field: "securityContext.runAsUser",
});
