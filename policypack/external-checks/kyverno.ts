import type { ToolChecks } from "./types";

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * The policies of github.com/kyverno/policies by their folder, which is the same for the variants of one policy
 * (`-cel`, `-vpol`, `-mpol`, `-gpol`).
 */
export const kyverno: ToolChecks = {
  version: "kyverno/policies b9c4317 (2026-03)",
  judged: names(`
    disallow-ingress-nginx-custom-snippets prevent-bare-pods require-deployments-have-multiple-replicas
    add-emptydir-sizelimit add-external-secret-prefix add-network-policy add-networkpolicy-dns add-ns-quota
    add-psa-labels block-ephemeral-containers check-deprecated-apis create-default-pdb
    create-pod-antiaffinity deny-privileged-profile deny-secret-service-account-token-type disallow-capabilities
    disallow-capabilities-strict disallow-cri-sock-mount disallow-default-namespace disallow-empty-ingress-host
    disallow-helm-tiller disallow-host-namespaces disallow-host-path disallow-host-ports disallow-host-process
    disallow-latest-tag disallow-localhost-services disallow-privilege-escalation disallow-privileged-containers
    disallow-proc-mount disallow-secrets-from-env-vars disallow-selinux ensure-probes-different
    ensure-readonly-hostpath imagepullpolicy-always ingress-host-match-tls limit-dnsnames limit-duration pdb-maxunavailable
    policy-for-exceptions require-drop-all require-drop-cap-net-raw require-image-checksum require-ingress-https
    require-labels require-non-root-groups require-pdb require-pod-requests-limits require-probes
    require-ro-rootfs require-run-as-non-root-user require-run-as-nonroot require-vulnerability-scan
    restrict-apparmor-profiles restrict-automount-sa-token restrict-binding-clusteradmin
    restrict-binding-system-groups restrict-clusterrole-mutating-validating-admission-webhooks
    restrict-clusterrole-nodesproxy restrict-controlplane-scheduling restrict-deprecated-registry
    restrict-edit-for-endpoints restrict-escalation-verbs-roles restrict-image-registries
    restrict-ingress-defaultbackend restrict-ingress-wildcard restrict-issuer restrict-networkpolicy-empty-podselector
    restrict-node-port restrict-node-selection restrict-runtimeClassName restrict-seccomp restrict-seccomp-strict
    restrict-secret-role-verbs restrict-service-external-ips restrict-sysctls restrict-volume-types
    restrict-wildcard-resources restrict-wildcard-verbs spread-pods-across-topology validate-cron-schedule
    unique-routes check-routes unique-ingress-host-and-path unique-ingress-paths require-unique-external-dns restrict-loadbalancer verify-image verify-sbom-cyclonedx`),
  aliases: {
    "add-networkpolicy": "add-network-policy",
    "require-pod-probes": "require-probes",
    "restrict-runtimeclassname": "restrict-runtimeClassName",
    "spread-pods": "spread-pods-across-topology",
    "validate-probes": "ensure-probes-different",
  },
  groups: [
    { checks: ["disallow-host-ports-range"], rules: ["pod-security/host-ports"] },
    {
      checks: ["restrict-annotations"],
      reason:
        "two policies of one name: values known from attacks on ingress-nginx, in whatever annotation, and annotations of one's own choice; ours judges the annotations that carry configuration",
      rules: ["exposure/ingress-snippet"],
    },
    { checks: ["docker-socket-requires-label"], rules: ["workload/container-runtime-socket"] },
    { checks: ["limit-hostpath-vols"], rules: ["pod-security/host-path-volumes"] },
    { checks: ["memory-requests-equal-limits"], rules: ["availability/memory-guaranteed"] },
    { checks: ["require-cpu-limits"], rules: ["availability/cpu-limit"] },
    { checks: ["require-emptydir-requests-limits"], rules: ["availability/empty-dir-size"] },
    { checks: ["require-pod-priorityclassname"], rules: ["availability/priority-class"] },
    { checks: ["require-storageclass"], rules: ["availability/storage-class"] },
    { checks: ["restrict-clusterrole-csr"], rules: ["identity/grant-certificate-approval"] },
    { checks: ["restrict-sa-automount-sa-token"], rules: ["identity/service-account-automount"] },
    {
      checks: ["pdb-minavailable", "deployment-replicas-higher-than-pdb", "require-replicas-allow-disruption"],
      rules: ["availability/disruption-budget-fits"],
    },
    { checks: ["pdb-maxunavailable-with-deployments"], rules: ["availability/disruption-budget-zero"] },
    {
      checks: ["require-netpol", "generate-networkpolicy-existing"],
      rules: ["namespaces/default-deny-ingress", "namespaces/default-deny-egress"],
    },
    { checks: ["add-psa-namespace-reporting"], rules: ["namespaces/pod-security-level"] },
    {
      checks: names(`podsecurity-subrule-baseline restricted-exclude-capabilities restricted-exclude-seccomp
        restricted-latest service-mesh-disallow-capabilities service-mesh-require-run-as-nonroot`),
      reason:
        "the Pod Security Standards taken together, with exceptions per image; here each control is a rule, and an exception names its object, its owner and its last day",
      rules: ["pod-security/run-as-non-root", "pod-security/capabilities-restricted"],
    },
    {
      checks: names(`application-field-validation application-prevent-default-project
        application-prevent-updates-project applicationset-name-matches-project appproject-clusterresourceblacklist
        argo-cluster-generation-from-rancher-capi add-castai-removal-disabled require-aws-node-irsa
        require-encryption-aws-loadbalancers enforce-min-tls-version generate-flux-multi-tenant-resources
        verify-flux-images verify-flux-sources verify-git-repositories create-authorizationpolicy
        enforce-ambient-mode-namespace enforce-tls-hosts-host-subnets require-authorizationpolicy
        restrict-virtual-service-wildcard enforce-sidecar-injection-namespace enforce-strict-mtls
        prevent-disabling-injection-pods add-ambient-mode-namespace add-sidecar-injection-namespace
        add-karpenter-daemonset-priority-class add-karpenter-donot-evict add-karpenter-nodeselector
        set-karpenter-non-cpu-limits kasten-3-2-1-backup kasten-data-protection-by-label
        kasten-generate-example-backup-policy kasten-generate-policy-by-preset-label kasten-hourly-rpo
        kasten-immutable-location-profile kasten-minimum-retention kasten-validate-ns-by-preset-label
        k10-data-protection-by-label k10-hourly-rpo k10-validate-ns-by-preset-label kubecost-proactive-cost-control
        require-kubecost-labels enable-kubecost-continuous-rightsizing
        config-syncer-secret-generation-from-rancher-capi enforce-instancetype add-services
        check-linkerd-authorizationpolicy require-linkerd-server prevent-linkerd-pod-injection-override
        prevent-linkerd-port-skipping require-linkerd-mesh-injection add-linkerd-mesh-injection
        add-linkerd-policy-annotation disallow-self-provisioner-binding inject-infrastructurename
        team-validate-ns-name disallow-deprecated-apis
        disallow-jenkins-pipeline-strategy disallow-security-context-constraint-anyuid enforce-etcd-encryption
        require-tekton-namespace-pipelinerun require-tekton-securitycontext
        verify-tekton-pipeline-bundle-signatures verify-tekton-taskrun-signatures verify-tekton-taskrun-vuln-scan
        block-tekton-task-runs require-tekton-bundle disallow-default-tlsoptions require-run-as-containeruser
        nfs-subdir-external-provisioner-storage-path`),
      reason: "on a product, a cloud or a kind of node that the platform does not install or support",
    },
    {
      checks: names(`add-apparmor add-capabilities add-certificates-volume add-default-resources
        add-default-securitycontext add-env-vars-from-cm add-image-as-env-var add-imagepullsecrets
        add-imagepullsecrets-for-containers-and-initcontainers add-labels add-ndots add-node-affinity
        add-node-labels-pod add-nodeSelector add-pod-priorityclassname add-pod-proxies
        add-privileged-existing-namespaces add-rolebinding add-runtimeClassName add-safe-to-evict add-tolerations
        add-ttl-jobs add-volume-deployment advertise-node-extended-resources always-pull-images
        annotate-base-images apply-pss-restricted-profile backup-all-volumes cleanup-bare-pods
        cleanup-empty-replicasets concatenate-configmaps copy-namespace-labels cordon-and-drain-node
        disable-automountserviceaccounttoken disable-service-discovery dns-policy-and-dns-config
        get-debug-information inject-env-var-from-image-label inject-sidecar-deployment label-existing-namespaces
        label-nodes-cri mitigate-log4shell mutate-large-termination-gps mutate-pod-binding prepend-image-registry
        record-creation-details refresh-env-var-in-pod refresh-volumes-in-pods remove-hostpath-volumes
        remove-serviceaccount-token replace-image-registry replace-image-registry-with-harbor
        replace-ingress-hosts resolve-image-to-digest restart-deployment-on-secret-change scale-deployment-zero
        schedule-based-quotas sync-secrets update-image-tag`),
      reason:
        "changes or makes objects and judges none; what it would set is judged, where it matters, by the rule on that field",
    },
    {
      checks: names(`allowed-label-changes audit-event-on-delete audit-event-on-exec block-cluster-admin-from-ns
        block-kubectl-cp block-pod-exec-by-namespace block-pod-exec-by-namespace-label
        block-pod-exec-by-pod-and-container block-pod-exec-by-pod-label block-pod-exec-by-pod-name
        block-updates-deletes check-subjectaccessreview inspect-csr limit-configmap-for-sa namespace-protection
        resource-creation-updating-denied restrict-pod-controller-serviceaccount-updates restrict-scale
        time-bound-policy block-velero-restore`),
      reason: "judges who does something, or when: no manifest holds that, and the rules on roles judge who may",
      rules: ["identity/grant-pod-exec", "identity/grant-namespace-write", "identity/grant-backup-write"],
    },
    {
      checks: ["protect-node-taints", "restrict-node-label-changes", "restrict-node-label-creation"],
      reason: "judges who changes a node, and which label or taint: the rule on roles judges who may change nodes",
      rules: ["identity/grant-node-write"],
    },
    {
      checks: names(`check-node-for-cve-2022-0185 ensure-production-matches-staging kubernetes-version-check
        namespace-inventory-check restrict-pod-count-per-node verify-manifest-integrity check-serviceaccount
        restrict-service-account`),
      reason: "needs the state of the cluster or a list of the organisation's own",
    },
    {
      checks:
        names(`block-images-with-volumes block-large-images block-stale-images allowed-base-images require-base-image
        require-image-source only-trustworthy-registries-set-root verify-image-cve-2022-42889`),
      reason: "needs what is inside the image or its attestations, which Kyverno reads at admission",
      rules: ["images/attestations", "images/signature-verification"],
    },
    {
      checks: names(`verify-image-gcpkms verify-image-ivpol verify-image-slsa verify-image-with-multi-keys`),
      rules: ["images/signature-verification"],
    },
    {
      checks: names(`advanced-restrict-image-registries allowed-image-repos`),
      reason:
        "its list of registries comes from annotations or a ConfigMap of the example; ours is a parameter of the rule",
      rules: ["images/allowed-registry"],
    },
    {
      checks: names(`allowed-annotations allowed-pod-priorities metadata-match-regex require-annotations
        require-container-port-names require-imagepullsecrets restrict-ingress-classes restrict-service-port-range
        restrict-storageclass limit-containers-per-pod check-nvidia-gpu enforce-pod-duration
        enforce-resources-as-ratio exclude-namespaces-dynamically restrict-secrets-by-label restrict-secrets-by-name
        restrict-usergroup-fsgroup-id check-supplemental-groups check-env-vars restrict-node-affinity
        restrict-jobs`),
      reason: "a template whose names, numbers or values are the example's own: a convention, not a norm",
    },
    {
      checks: names(`restrict-adding-capabilities`),
      reason: "allows CHOWN and nothing of what the Pod Security Standards allow: neither baseline nor restricted",
      rules: ["pod-security/capabilities-baseline", "pod-security/capabilities-restricted"],
    },
    {
      checks: names(`require-qos-burstable require-qos-guaranteed forbid-cpu-limits`),
      reason: "which limits there must be is decided per resource: a class follows from them, and is no aim of its own",
      rules: ["availability/memory-limit", "availability/memory-request", "availability/cpu-request"],
    },
    {
      checks: names(`require-reasonable-pdbs`),
      reason: "half of the pods is one choice of many; what counts is that a node can be drained",
      rules: ["availability/disruption-budget-fits", "availability/disruption-budget-zero"],
    },
    {
      checks: names(`topologyspreadconstraints-policy`),
      reason:
        "asks for two constraints by name; anti-affinity, or a constraint on another label of the nodes, serves as well",
      rules: ["availability/node-spread", "availability/zone-spread"],
    },
    {
      checks: names(`check-hpa-exists check-vpa-configuration prevent-duplicate-hpa prevent-duplicate-vpa
        verify-vpa-target`),
      reason: "whether and how a workload scales is a question of its load, not of security",
      rules: ["availability/autoscaler-target"],
    },
    {
      checks: names(`restrict-ingress-host         require-unique-service-selector require-unique-uid-per-workload`),
      reason:
        "two objects of one name or number: each app has its host from one table, so that none can be given twice",
    },
    {
      checks: names(`restrict-ingress-paths`),
      reason:
        "a defect of ingress-nginx, repaired in its version 1.2.0 (CVE-2021-25745); the controller itself is retired",
    },
    {
      checks: names(`check-ingress-nginx-controller-version-and-annotation-policy`),
      reason: "asks for a version of ingress-nginx, which is retired as a whole",
      rules: ["exposure/ingress-snippet"],
    },
    {
      checks: names(`enforce-readwriteonce-pod`),
      reason: "asks one access mode of every claim, which shared volumes cannot have",
      rules: ["availability/single-writer-volume"],
    },
    {
      checks: names(`limit-hostpath-type-pv`),
      reason: "whoever may make volumes has the nodes: the right to do so is judged",
      rules: ["identity/grant-persistent-volume-write"],
    },
    {
      checks: names(`disallow-all-secrets`),
      reason: "a Secret mounted as a file is how a pod should get one",
      rules: ["secrets/environment-from-secret"],
    },
    {
      checks: names(`check-serviceaccount-secrets`),
      reason:
        "the list of a ServiceAccount's Secrets makes none (Kubernetes 1.24); the Secret with the token is judged",
      rules: ["identity/long-lived-token"],
    },
    {
      checks: names(`deny-commands-in-exec-probe`),
      reason: "which commands make a poor probe is a question of style",
    },
    {
      checks: names(`prevent-cr8escape`),
      reason: "a defect of one runtime, repaired in 2022 (CRI-O, CVE-2022-0811)",
      rules: ["pod-security/sysctls"],
    },
    {
      checks: names(`expiration-for-policyexceptions`),
      reason: "generates a clean-up policy; exceptions of this pack end on their own last day",
      rules: ["addons/kyverno-exception-scope"],
    },
  ],
};
