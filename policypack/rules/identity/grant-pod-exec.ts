import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds } from "./_rbac";

/** Roles do not allow commands in or connections to pods. */
export const grantPodExec = rule({
  id: "identity/grant-pod-exec",
  severity: "high",
  title: "Roles do not allow commands in or connections to pods",
  why: "A command in a pod runs with its identity and sees its memory and data; port forwarding passes by every network policy. Over websockets the verb is get.",
  standards: {
    iso27002: ["5.15", "5.18", "8.2"],
    nsa: true,
    checkov: ["CKV2_K8S_2"],
    trivy: ["KSV-0053", "KSV-0054"],
    kubescape: ["C-0002", "C-0063"],
    polaris: ["rolePodExecAttach"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: [""],
    resources: ["pods/exec", "pods/attach", "pods/portforward"],
    verbs: ["create", "get"],
  }),
  message: "allows commands in pods or connections to them",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; give it to people for the time of an incident.",
});
