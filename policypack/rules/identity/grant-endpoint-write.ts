import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow redirecting Services. */
export const grantEndpointWrite = rule({
  id: "identity/grant-endpoint-write",
  severity: "high",
  title: "Roles do not allow redirecting Services",
  why: "Endpoints decide where a Service's traffic goes: also to other namespaces, past their network policies (CVE-2021-25740), and a load balancer's status can claim any address (CVE-2020-8554).",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    checkov: ["CKV2_K8S_4"],
    trivy: ["KSV-0056"],
    kyverno: ["restrict-edit-for-endpoints"],
    gatekeeper: ["block-endpoint-edit-default-role"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["", "discovery.k8s.io"],
    resources: ["services/status", "endpoints", "endpointslices"],
    verbs: writeVerbs,
  }),
  message: "allows sending a Service's traffic elsewhere",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; let the endpoint controllers write them.",
});
