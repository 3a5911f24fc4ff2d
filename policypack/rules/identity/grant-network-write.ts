import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing network policies or entries from outside. */
export const grantNetworkWrite = rule({
  id: "identity/grant-network-write",
  severity: "high",
  title: "Roles do not allow changing network policies or entries from outside",
  why: "Network policies add up: one more that allows is enough to undo default deny. A route opens a workload to the outside.",
  standards: { iso27002: ["5.15", "5.18", "8.2"], nsa: true, trivy: ["KSV-0056"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: [
      "networking.k8s.io",
      "gateway.networking.k8s.io",
      "cilium.io",
      "crd.projectcalico.org",
      "projectcalico.org",
    ],
    resources: [
      "networkpolicies",
      "ingresses",
      "gateways",
      "httproutes",
      "referencegrants",
      "ciliumnetworkpolicies",
      "ciliumclusterwidenetworkpolicies",
      "globalnetworkpolicies",
    ],
    verbs: writeVerbs,
  }),
  message: "allows opening the network",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; keep network policies with the platform.",
});
