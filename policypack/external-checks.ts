import type { Rule } from "./engine/rule";

/** Scanners whose checks are mapped one by one. */
export type Tool = "checkov" | "kubeScore";

/** Why a check has no rule of its own, and the rules that stand in its place, where there are any. */
interface Group {
  readonly reason: string;
  readonly checks: readonly string[];
  /** Rules that catch the same mistake in another way. */
  readonly rules?: readonly string[];
}

const checkov = (...numbers: readonly number[]): readonly string[] => numbers.map((number) => `CKV_K8S_${number}`);
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Every check of each tool: Checkov 3.3.30 (framework kubernetes) and kube-score 1.20.0. */
export const externalChecks: Readonly<Record<Tool, readonly string[]>> = {
  checkov: [
    ...checkov(...range(1, 45), 49),
    // Numbers that Checkov never gave out are left out.
    ...checkov(...range(68, 75), ...range(77, 97), 99, 100, 102, ...range(104, 108), ...range(110, 119), 121),
    ...checkov(...range(138, 141), ...range(143, 149), 151, ...range(152, 159)),
    ...range(1, 6).map((number) => `CKV2_K8S_${number}`),
  ],
  kubeScore: [
    "container-cpu-requests-equal-limits",
    "container-ephemeral-storage-request-and-limit",
    "container-ephemeral-storage-request-equals-limit",
    "container-image-pull-policy",
    "container-image-tag",
    "container-memory-requests-equal-limits",
    "container-ports-check",
    "container-resource-requests-equal-limits",
    "container-resources",
    "container-seccomp-profile",
    "container-security-context-privileged",
    "container-security-context-readonlyrootfilesystem",
    "container-security-context-user-group-id",
    "cronjob-has-deadline",
    "cronjob-restartpolicy",
    "deployment-has-host-podantiaffinity",
    "deployment-has-poddisruptionbudget",
    "deployment-pod-selector-labels-match-template-metadata-labels",
    "deployment-replicas",
    "deployment-strategy",
    "deployment-targeted-by-hpa-does-not-have-replicas-configured",
    "environment-variable-key-duplication",
    "horizontalpodautoscaler-has-target",
    "horizontalpodautoscaler-replicas",
    "ingress-targets-service",
    "label-values",
    "networkpolicy-targets-pod",
    "pod-networkpolicy",
    "pod-probes",
    "pod-probes-identical",
    "pod-topology-spread-constraints",
    "poddisruptionbudget-has-policy",
    "service-targets-pod",
    "service-type",
    "stable-version",
    "statefulset-has-host-podantiaffinity",
    "statefulset-has-poddisruptionbudget",
    "statefulset-has-servicename",
    "statefulset-pod-selector-labels-match-template-metadata-labels",
  ],
};

/** The checks that no rule names among its standards. */
const groups: Readonly<Record<Tool, readonly Group[]>> = {
  checkov: [
    {
      reason: "PodSecurityPolicy was removed in Kubernetes 1.25; a manifest with one is refused as an unserved kind",
      checks: checkov(1, 2, 3, 4, 5, 6, 7, 32, 36),
      rules: ["availability/removed-api"],
    },
    {
      reason: "asks that a security context exists, not what it says; the rules on each of its fields ask more",
      checks: checkov(29, 30),
      rules: ["pod-security/run-as-non-root", "pod-security/capabilities-restricted"],
    },
    {
      reason:
        "flags of the control plane and kubelet: whoever runs the nodes sets them, and no object of this platform holds them (a CIS node benchmark such as kube-bench reads them)",
      checks: checkov(
        ...range(68, 75),
        ...range(77, 97),
        99,
        100,
        102,
        ...range(104, 108),
        ...range(110, 119),
        121,
        ...range(138, 141),
        ...range(143, 149),
        151,
      ),
    },
    {
      reason:
        "Tiller was the server of Helm 2, without support since 2020; its image comes from a registry that is not allowed",
      checks: checkov(34, 44, 45),
      rules: ["images/allowed-registry"],
    },
    {
      reason:
        "the Kubernetes dashboard is archived; its image comes from a registry that is not allowed, and its binding is a binding to cluster-admin",
      checks: checkov(33),
      rules: ["images/allowed-registry", "identity/cluster-admin-binding"],
    },
    {
      reason: "the catalogue has no rule on it yet: MijnBureau's charts take their secrets from the environment",
      checks: checkov(35),
    },
    {
      reason: "annotations of ingress-nginx, which is retired; the platform's own controller does not read them",
      checks: checkov(152, 153, 154),
    },
    {
      reason:
        "one defect of one program (git-sync), not of Kubernetes; its image comes from a registry that is not allowed",
      checks: checkov(159),
      rules: ["images/allowed-registry"],
    },
    {
      reason: "every pod of an owned namespace is selected by the default-deny policies that the namespace must have",
      checks: ["CKV2_K8S_6"],
      rules: ["namespaces/default-deny-ingress", "namespaces/default-deny-egress"],
    },
  ],
  kubeScore: [
    {
      reason:
        "equal requests and limits for CPU throttle a pod that the node has room for; memory is what gets pods killed",
      checks: ["container-cpu-requests-equal-limits", "container-resource-requests-equal-limits"],
      rules: ["availability/memory-guaranteed"],
    },
    {
      reason: "a limit bounds the harm; a request of the same size only makes the pod harder to place",
      checks: ["container-ephemeral-storage-request-equals-limit"],
      rules: ["availability/ephemeral-storage-limit"],
    },
    {
      reason:
        "the API server refuses a Job template with another restart policy than Never or OnFailure, and label values that are malformed",
      checks: ["cronjob-restartpolicy", "label-values"],
    },
    {
      reason: "the autoscaler overwrites the field at its next decision: a nuisance on each update, no weakness",
      checks: ["deployment-targeted-by-hpa-does-not-have-replicas-configured"],
    },
    {
      reason: "every pod of an owned namespace is selected by the default-deny policies that the namespace must have",
      checks: ["pod-networkpolicy"],
      rules: ["namespaces/default-deny-ingress", "namespaces/default-deny-egress"],
    },
    {
      reason:
        "what points nowhere lets nothing through: a broken installation rather than a weakness; the catalogue has no rule on it yet",
      checks: ["ingress-targets-service", "networkpolicy-targets-pod", "service-targets-pod"],
    },
    {
      reason:
        "the catalogue has no rules on Services yet; the network policies of the platform admit no traffic from outside but to the gateway",
      checks: ["service-type"],
    },
  ],
};

/** What answers a check of another tool. */
export interface Mapping {
  readonly check: string;
  /** Rules that judge the same. */
  readonly rules: readonly string[];
  /** Why there is no rule of the same content. */
  readonly reason?: string;
}

/** Each check of a tool with our rules for it, as the rules' own standards say, or the reason why there are none. */
export function mappingOf(tool: Tool, rules: readonly Rule[]): readonly Mapping[] {
  return externalChecks[tool].map((check) => {
    const named = rules.filter(({ definition }) => definition.standards[tool]?.includes(check)).map(({ id }) => id);
    if (named.length > 0) return { check, rules: named };
    const group = groups[tool].find((each) => each.checks.includes(check));
    return { check, rules: group?.rules ?? [], ...(group !== undefined && { reason: group.reason }) };
  });
}

/** The checks with a reason in the table, for testing that it holds none too many. */
export function excusedChecks(tool: Tool): readonly string[] {
  return groups[tool].flatMap(({ checks }) => checks);
}
