import { covers } from "../policypack/engine/exemptions";
import type { Finding } from "../policypack/engine/findings";

/** Advice that objects of the platform itself do not follow, with why that is accepted. */
export interface AcceptedAdvice {
  readonly rule: string;
  /** Which objects; absent: every one. `*` stands for any characters. */
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Whether it is about what cannot be told from the object before it runs. */
  readonly undecided?: true;
  readonly why: string;
}

const byTag =
  "Charts name images by tag. A mirror that records digests (images.mirror) makes it possible to ask for them.";

/**
 * What rules that only advise find in the platform's own objects. Rules that refuse have exemptions instead
 * (components/policies.ts); this is for the report and for whoever reads the first `npm start`.
 */
export const acceptedAdvice: readonly AcceptedAdvice[] = [
  { rule: "images/digest", why: byTag },
  { rule: "images/pull-policy", why: `${byTag} Until then a fixed tag is what the node may keep.` },
  {
    rule: "images/signature-verification",
    kind: "Namespace",
    why: "MijnBureau's images are not all signed by one key; a stack that has keys sets admission.imageSignatures, and admission then refuses the others.",
  },
  {
    rule: "secrets/generated-rotation",
    kind: "ExternalSecret",
    name: "platform-*-keys",
    why: "It copies keys that were drawn elsewhere, every hour; the value that it draws itself, because it has to have one, is written nowhere.",
  },
  {
    rule: "workload/apparmor-profile",
    kind: "DaemonSet",
    namespace: "falco",
    name: "falco",
    why: "AppArmor denies the tracing that Falco works by (falcosecurity/falco#3345).",
  },
  {
    rule: "identity/grant-data-delete",
    kind: "Role",
    why: "Deployers uninstall and upgrade apps by Helm, which deletes what a release made; what holds data is kept by guards at admission.",
  },
  {
    rule: "identity/token-without-need",
    kind: "Deployment",
    namespace: "external-secrets",
    name: "external-secrets-webhook",
    why: "Its manager ends at once without the token's configuration (external-secrets, cmd/controller/webhook.go); the account has no rights, so it opens nothing beyond discovery.",
  },
  {
    rule: "identity/dangling-binding",
    namespace: "kube-system",
    name: "metrics-server-auth-reader",
    why: "The role extension-apiserver-authentication-reader is Kubernetes' own, in no stack.",
  },
  {
    rule: "namespaces/system-namespace",
    namespace: "kube-system",
    why: "What it serves is there: the metrics of Kubernetes' DNS, and the role by which an aggregated API server knows its callers.",
  },
  {
    rule: "network/port-range",
    kind: "NetworkPolicy",
    name: "allow-server",
    why: "LiveKit gives each participant UDP ports out of one range (network.livekit); a policy per port would be thousands of entries.",
  },
  {
    rule: "stack/addon-restore-drill",
    kind: "Schedule",
    why: "A stack without velero.drill makes backups that nobody restores: dev, whose data is of no value. acc and prod name an app.",
  },
  {
    rule: "availability/replicas",
    why: "Its work waits while a pod is replaced and nothing of the suite stops: what the suite needs at every moment has two or more.",
  },
  {
    rule: "availability/rolling-update",
    namespace: "trivy-system",
    why: "Two of them would scan twice and write into the same reports.",
  },
  {
    rule: "availability/headless-service",
    why: "Its pods are not addressed one by one: clients go through an ordinary Service.",
  },
  {
    rule: "availability/liveness-probe",
    why: "It has no endpoint for it upstream, or is a helper beside the program that has one; a controller that loses its lease ends by itself, and alerts watch whether it works.",
  },
  {
    rule: "availability/readiness-probe",
    why: "Nobody calls it: a controller or an agent that takes its work from the API server or the node.",
  },
  {
    rule: "availability/probes-differ",
    why: "Upstream has one health endpoint; liveness fails three times as long before it restarts (frame/pod-bounds.ts).",
  },
  {
    rule: "stack/addon-registry-credentials",
    undecided: true,
    namespace: "trivy-system",
    why: "Whether the Secret with the login is there is seen on the cluster; ImagesUnscanned fires where scans fail for want of it.",
  },
  {
    rule: "*",
    undecided: true,
    namespace: "monitoring",
    name: "kube-prometheus-stack*",
    why: "Prometheus and Alertmanager: the operator completes their pods. Admission judges the pods themselves, by the same rules.",
  },
];

/** Why a finding of a rule that only advises, or that a preview cannot decide, is accepted; undefined where nobody said. */
export function whyAccepted(
  finding: Pick<Finding, "rule" | "decision" | "apiVersion" | "kind" | "namespace" | "name">,
): AcceptedAdvice | undefined {
  return acceptedAdvice.find((entry) => {
    if ((entry.undecided ?? false) !== (finding.decision === "undecided")) return false;
    const { kind, namespace, name } = entry;
    const rule = entry.rule === "*" ? finding.rule : entry.rule;
    const target = {
      ...(kind !== undefined && { kind }),
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
    };
    return covers({ rule, target, reason: entry.why, owner: "", expires: "" }, finding.rule, finding);
  });
}
