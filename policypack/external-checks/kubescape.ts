import { range, reason } from "./types";
import type { ToolChecks } from "./types";

const numbered = (...numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `C-${String(number).padStart(4, "0")}`);

/** Controls of the regolibrary: of files, of the cluster and of the cloud. */
export const kubescape: ToolChecks = {
  version: "regolibrary ce7ef32 (2026-08)",
  judged: numbered(
    2,
    7,
    12,
    13,
    ...range(15, 18),
    31,
    34,
    35,
    37,
    38,
    41,
    ...range(44, 46),
    48,
    54,
    56,
    58,
    59,
    ...range(61, 63),
    65,
    74,
    75,
    78,
    ...range(185, 191),
    206,
    207,
    210,
    212,
    236,
    237,
    246,
    253,
    ...range(260, 262),
    265,
    ...range(268, 271),
    ...range(278, 282),
    292,
    293,
    296,
    298,
    299,
    302,
    306,
  ),
  groups: [
    {
      reason: reason.controlPlane,
      checks: numbered(5, 66, 67, 69, 70, 88, ...range(92, 184), 205, 277, 283, 284, ...range(289, 291)),
    },
    { checks: numbered(73), rules: ["availability/naked-pod"] },
    { checks: numbered(263), rules: ["exposure/ingress-tls"] },
    { checks: numbered(275, 276), rules: ["pod-security/host-namespaces"] },
    { checks: numbered(295), rules: ["availability/duplicate-env"] },
    { checks: numbered(300), rules: ["availability/autoscaler-target"] },
    { checks: numbered(305), rules: ["availability/rolling-update"] },
    { checks: numbered(307), rules: ["stack/service-account"] },
    { checks: numbered(259), rules: ["secrets/literal-environment"] },
    { checks: numbered(4), rules: ["availability/memory-limit", "availability/memory-request"] },
    { checks: numbered(50), rules: ["availability/cpu-limit", "availability/cpu-request"] },
    { checks: numbered(9), rules: ["availability/cpu-limit", "availability/memory-limit"] },
    {
      reason: "names registries that are refused; a list of those that are allowed refuses all others as well",
      checks: numbered(1),
      rules: ["images/allowed-registry"],
    },
    {
      reason:
        "needs an SSH port among those of Services and pods, 2222 too; the rule asks containers for port 22, and whether they start sshd",
      checks: numbered(42),
      rules: ["workload/ssh-port", "workload/shell-download"],
    },
    {
      reason:
        "asks each pod for a policy in both directions; the rules ask namespaces for a default deny and policies for the directions that they govern",
      checks: numbered(30),
      rules: [
        "namespaces/default-deny-ingress",
        "namespaces/default-deny-egress",
        "stack/isolated-pods",
        "network/policy-types",
      ],
    },
    {
      reason: "asks each namespace for some policy, whatever it allows; the rules ask for a default deny",
      checks: numbered(49),
      rules: ["namespaces/default-deny-ingress", "namespaces/default-deny-egress"],
    },
    {
      reason:
        "any one of AppArmor, seccomp, SELinux and dropped capabilities satisfies it; each of them is asked for by itself",
      checks: numbered(55),
      rules: [
        "workload/apparmor-profile",
        "pod-security/app-armor-profile",
        "pod-security/seccomp-profile-restricted",
        "pod-security/capabilities-restricted",
      ],
    },
    {
      reason: "counts SYS_ADMIN as privileged too; capabilities have a rule of their own",
      checks: numbered(57),
      rules: ["pod-security/privileged-containers", "pod-security/capabilities-baseline"],
    },
    {
      reason:
        "asks that a store outside the cluster is in use; the rule asks that no manifest holds the value of a Secret",
      checks: numbered(208, 234),
      rules: ["secrets/literal-secret"],
    },
    {
      reason:
        "asks Gateways and virtual services of Istio whether anybody may come in; the rule asks a Gateway whose routes it takes",
      checks: numbered(266),
      rules: ["exposure/gateway-routes"],
    },
    {
      reason: reason.securityContext,
      checks: numbered(211),
      rules: ["pod-security/run-as-non-root", "pod-security/capabilities-restricted"],
    },
    {
      reason: "the Kubernetes dashboard is archived: its image is reported, whoever reaches it",
      checks: numbered(14),
      rules: ["images/abandoned-image"],
    },
    {
      reason: "paths of the cloud providers' credentials on the node; every directory of the node is refused",
      checks: numbered(20),
      rules: ["pod-security/host-path-volumes", "workload/sensitive-host-path"],
    },
    {
      reason:
        "reports who may act as a service account, a right that pods are made with; such rights are judged in the role",
      checks: numbered(53),
      rules: ["identity/grant-workload-create", "identity/grant-token-create", "identity/grant-pod-exec"],
    },
    {
      reason: "PodSecurityPolicy was removed in Kubernetes 1.25; a manifest with one is refused as a removed API",
      checks: numbered(68, ...range(213, 220)),
      rules: ["availability/removed-api"],
    },
    {
      reason:
        "asks for labels of the choice of who scans; the rules on labels ask for those that the platform and Kubernetes recommend",
      checks: numbered(76, 77),
      rules: ["labels/minimum"],
    },
    {
      reason: "one defect of one version of one program; a scanner of images finds all of them",
      checks: numbered(79, 81, 87, ...range(89, 91)),
    },
    {
      reason: "needs the results of a scanner of images, which are objects of the cluster (Trivy Operator)",
      checks: numbered(...range(83, 85), 221, 243),
      rules: ["addons/trivy-scanners"],
    },
    {
      reason:
        "asks a namespace for Pod Security's label at baseline, where no pod of it is looked at; the rules ask for restricted",
      checks: numbered(...range(193, 196), 199, ...range(202, 204)),
      rules: [
        "namespaces/pod-security-level",
        "namespaces/pod-security-restricted",
        "namespaces/pod-security-privileged",
      ],
    },
    {
      reason: "asks a namespace for Pod Security's label at restricted",
      checks: numbered(197, 198, 200, 201),
      rules: ["namespaces/pod-security-restricted"],
    },
    {
      reason: "asks that some mechanism enforces policies; the rules ask each namespace for its Pod Security level",
      checks: numbered(192),
      rules: ["namespaces/pod-security-level"],
    },
    {
      reason:
        "tells which workloads have a Secret, a ConfigMap or a volume, which nearly all have: an inventory for attack paths, no defect",
      checks: numbered(26, 209, ...range(255, 258)),
    },
    {
      reason: "the right is judged in the role and in the binding, whichever workload runs as the account",
      checks: numbered(267, 272),
      rules: ["identity/cluster-admin-binding", "identity/wildcard", "identity/built-in-role-binding"],
    },
    { reason: "the version of the cluster, which no object holds", checks: numbered(273) },
    { reason: "an older name of a field, which means the same", checks: numbered(294) },
    {
      reason:
        "sandboxes for agents of artificial intelligence, a kind that the platform does not run; pods in them are judged as pods",
      checks: numbered(297, 301, 303, 304),
      rules: [
        "workload/runtime-class",
        "network/egress-private-ranges",
        "availability/cpu-limit",
        "images/allowed-registry",
      ],
    },
    {
      reason: "webhooks are judged by what they do: their scope, failure policy and certificate",
      checks: numbered(36, 39),
      rules: ["addons/webhook-scope", "addons/webhook-failure-policy"],
    },
    {
      reason:
        "needs a look from inside the cluster: which ports answer, and whether somebody asks for a name and password",
      checks: numbered(21, 274),
      rules: ["stack/isolated-pods"],
    },
    {
      reason: "asks the cloud whether pods reach its metadata service; network policies are asked to leave it out",
      checks: numbered(52),
      rules: ["network/egress-metadata"],
    },
    {
      reason: "asks volumes of the cloud for encryption; the class that they are made from is judged",
      checks: numbered(264),
      rules: ["storage/encrypted-class"],
    },
    {
      reason: "settings of a cloud's clusters, registries and networks, which no object of the cluster holds",
      checks: numbered(
        222,
        223,
        ...range(226, 233),
        235,
        238,
        ...range(240, 242),
        244,
        245,
        ...range(247, 252),
        254,
        285,
        308,
      ),
    },
    {
      reason: "the cloud's edition of the rule on default service accounts",
      checks: numbered(225, 239),
      rules: ["identity/default-service-account-binding", "identity/default-service-account-automount"],
    },
    {
      reason: "how people sign in to the API server is set there, not in its objects",
      checks: numbered(...range(286, 288)),
      rules: ["identity/client-certificate", "identity/long-lived-token"],
    },
  ],
};
