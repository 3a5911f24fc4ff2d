import { rule } from "../../engine/rule";

/** Containers do not serve SSH. */
export const sshPort = rule({
  id: "workload/ssh-port",
  severity: "medium",
  title: "Containers do not serve SSH",
  why: "A shell over SSH bypasses the API server's authentication, authorisation and audit log.",
  standards: { iso27002: ["8.5", "8.18"], kubeLinter: ["ssh-port"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  valid: `container.?ports.orValue([]).all(p, p.containerPort != 22 || p.?protocol.orValue("TCP") != "TCP")`,
  message: "declares the SSH port",
  field: "ports",
  remedy: "Remove the SSH server; use kubectl exec or debug, which are authorised and logged.",
});
