import type { FalcoRule, Named } from "./rule";

const request =
  "user=%ka.user.name verb=%ka.verb target=%ka.target.resource/%ka.target.name ns=%ka.target.namespace code=%ka.response.code uri=%ka.uri";

const list = (...kinds: string[]): string => kinds.join(", ");

const policies = list(
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "validatingpolicies",
  "mutatingpolicies",
  "generatingpolicies",
  "deletingpolicies",
  "imagevalidatingpolicies",
  "clusterpolicies",
);
const bindings = list("validatingadmissionpolicybindings", "mutatingadmissionpolicybindings");
const webhooks = list("validatingwebhookconfigurations", "mutatingwebhookconfigurations");
const enforce = "jevt.value[/responseObject/metadata/labels/pod-security.kubernetes.io~1enforce]";

export const auditMacros: readonly Named[] = [
  { macro: "mijnbureau_audited", condition: "ka.target.namespace in (mijnbureau_namespaces)" },
  {
    macro: "mijnbureau_owned",
    condition:
      "ka.target.namespace in (mijnbureau_namespaces) or ka.target.namespace in (mijnbureau_operator_namespaces)",
  },
  // Kubernetes' own: nodes, the control plane, and its controllers, which watch every kind.
  {
    macro: "mijnbureau_controller",
    condition:
      "ka.user.name startswith system:kube- or ka.user.name startswith system:node: or ka.user.name = system:apiserver or ka.user.name startswith system:serviceaccount:kube-system:",
  },
  { macro: "mijnbureau_changes", condition: "ka.verb in (create, update, patch, delete, deletecollection)" },
  { macro: "mijnbureau_rewrites", condition: "ka.verb in (create, update, patch)" },
  // A refused request changed nothing; who keeps trying is seen by its refusals (KyvernoDenialsRising, the audit log).
  { macro: "mijnbureau_allowed", condition: "ka.response.code startswith 2" },
  { macro: "mijnbureau_platform", condition: "ka.user.name in (mijnbureau_platform_users)" },
  {
    macro: "mijnbureau_deploying",
    condition: "ka.user.name in (mijnbureau_deployers) or ka.user.groups intersects (mijnbureau_deployer_groups)",
  },
  // Helm reads the Secrets that it makes one by one, and lists those that hold its releases (helm.sh, "Storage backends").
  {
    macro: "mijnbureau_helm_reads",
    condition: 'mijnbureau_deploying and (ka.verb = get or (ka.verb = list and ka.uri contains "owner%3Dhelm"))',
  },
];

export const auditRules: readonly FalcoRule[] = [
  {
    rule: "MijnBureau Secret read through the API",
    desc: "Secrets of the suite are mounted by the kubelet; beside who deploys it, nobody else reads them",
    condition:
      "mijnbureau_audited and ka.target.resource = secrets and ka.verb in (get, list, watch) and not mijnbureau_controller and not ka.user.name in (mijnbureau_secret_readers) and not mijnbureau_helm_reads",
    output: `Secret of the suite read through the API (${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_credential_access", "T1552"],
  },
  {
    rule: "MijnBureau Secrets listed across namespaces",
    desc: "Somebody asks for the Secrets of every namespace at once",
    condition:
      "ka.target.resource = secrets and ka.verb in (list, watch) and not ka.target.namespace exists and not mijnbureau_controller and not ka.user.name in (mijnbureau_secret_readers) and not mijnbureau_platform",
    output: `Secrets of all namespaces listed (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_credential_access", "T1552"],
  },
  {
    rule: "MijnBureau exec into a pod",
    desc: "exec, attach, port-forward or an ephemeral container, in the suite or in an operator",
    condition:
      "mijnbureau_owned and ka.target.resource = pods and ka.target.subresource in (exec, attach, portforward, ephemeralcontainers) and not ka.user.name in (mijnbureau_secret_readers)",
    output: `Access to a pod (subresource=%ka.target.subresource ${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_execution", "T1609"],
  },
  {
    rule: "MijnBureau node reached through the API",
    desc: "The API server was used as a way to a kubelet, and past every rule about pods",
    condition: "ka.target.resource = nodes and ka.target.subresource = proxy and not mijnbureau_controller",
    output: `Node reached through the API server (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_execution", "T1609"],
  },
  {
    rule: "MijnBureau token requested",
    desc: "A token of a ServiceAccount of the suite or of an operator was made by hand",
    condition:
      "mijnbureau_owned and ka.target.resource = serviceaccounts and ka.target.subresource = token and ka.verb = create and not mijnbureau_controller and not ka.user.name in (mijnbureau_secret_readers)",
    output: `Token of a ServiceAccount requested (${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_credential_access", "T1528"],
  },
  {
    rule: "MijnBureau guardrail removed",
    desc: "An admission policy, its binding or a webhook configuration was deleted",
    condition: `ka.verb in (delete, deletecollection) and ka.target.resource in (${policies}, ${webhooks}) and mijnbureau_allowed`,
    output: `Admission guardrail deleted (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau binding no longer refuses",
    desc: "What binds an admission policy was set to warn or to write down only",
    condition: `mijnbureau_rewrites and ka.target.resource in (${bindings}) and mijnbureau_allowed and jevt.value[/responseObject/spec/validationActions] exists and not jevt.value[/responseObject/spec/validationActions] contains Deny`,
    output: `Binding of an admission policy refuses nothing any more (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau guardrail let through on failure",
    desc: "A webhook or an admission policy was set to let everything through when it fails",
    condition: `mijnbureau_rewrites and ka.target.resource in (${policies}, ${webhooks}) and mijnbureau_allowed and not ka.user.name in (mijnbureau_webhook_keepers) and not mijnbureau_platform and (jevt.value[/responseObject/spec/failurePolicy] = Ignore or jevt.value[/responseObject/webhooks] contains '"failurePolicy":"Ignore"')`,
    output: `Admission lets through on failure (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau guardrail changed",
    desc: "An admission policy, its binding or a webhook configuration was changed by somebody else than the platform",
    condition: `ka.verb in (update, patch) and ka.target.resource in (${policies}, ${webhooks}) and not ka.target.subresource exists and mijnbureau_allowed and not mijnbureau_controller and not ka.user.name in (mijnbureau_webhook_keepers) and not mijnbureau_platform`,
    output: `Admission guardrail changed (${request})`,
    priority: "ERROR",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau exception to policies made",
    desc: "A PolicyException lets through what a policy refuses",
    condition:
      "mijnbureau_rewrites and ka.target.resource = policyexceptions and mijnbureau_allowed and not mijnbureau_platform",
    output: `Exception to admission policies made (${request})`,
    priority: "ERROR",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau Pod Security lowered",
    desc: "A namespace of the suite does not enforce the restricted standard any more",
    condition: `mijnbureau_rewrites and ka.target.resource = namespaces and ka.target.name in (mijnbureau_namespaces) and not ka.target.subresource exists and mijnbureau_allowed and not ${enforce} = restricted`,
    output: `Pod Security of a namespace of the suite lowered (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau namespace guardrail changed",
    desc: "Default deny, quotas or the platform's own role bindings of a namespace changed by somebody else",
    condition:
      "mijnbureau_owned and mijnbureau_changes and mijnbureau_allowed and not mijnbureau_controller and not mijnbureau_platform and not ka.target.subresource exists and (ka.target.resource in (resourcequotas, limitranges) or (ka.target.resource in (roles, rolebindings) and ka.target.name startswith mijnbureau-) or (ka.target.resource = networkpolicies and (ka.target.name startswith default- or ka.target.name startswith allow-)))",
    output: `Guardrail of a namespace changed (${request})`,
    priority: "ERROR",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau cluster-wide right given",
    desc: "A ClusterRoleBinding was made or changed by somebody else than the platform",
    condition:
      "mijnbureau_rewrites and ka.target.resource = clusterrolebindings and mijnbureau_allowed and not mijnbureau_controller and not mijnbureau_platform",
    output: `Cluster-wide right given (role=%ka.req.binding.role subjects=%ka.req.binding.subjects ${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_privilege_escalation", "T1098"],
  },
  {
    rule: "MijnBureau identity of another taken",
    desc: "A request was made in the name of somebody else (impersonation)",
    condition: "ka.impuser.name exists and not mijnbureau_platform",
    output: `Request in the name of another (as=%ka.impuser.name ${request})`,
    priority: "ERROR",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_privilege_escalation", "T1078"],
  },
  {
    rule: "MijnBureau rights beyond RBAC used",
    desc: "Group system:masters passes every check; only the API server itself and RKE2's supervisor are in it day to day",
    condition:
      "ka.user.groups intersects (system:masters) and not ka.user.name in (system:apiserver, system:k3s-supervisor, system:rke2-supervisor, system:kwok) and not mijnbureau_platform",
    output: `Request by group system:masters (${request})`,
    priority: "ERROR",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_privilege_escalation", "T1078"],
  },
  {
    rule: "MijnBureau request by nobody",
    desc: "The API server let an anonymous request through, other than for its health",
    condition:
      "ka.user.name = system:anonymous and ka.auth.decision = allow and not ka.uri startswith /healthz and not ka.uri startswith /livez and not ka.uri startswith /readyz and not ka.uri startswith /version",
    output: `Anonymous request allowed (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_initial_access", "T1190"],
  },
  {
    rule: "MijnBureau certificate approved",
    desc: "A certificate signing request was approved, by which somebody becomes a user that no role binding shows",
    condition:
      "ka.target.resource = certificatesigningrequests and ka.target.subresource = approval and mijnbureau_allowed and not mijnbureau_controller and not mijnbureau_platform",
    output: `Certificate signing request approved (${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_persistence", "T1098"],
  },
  {
    rule: "MijnBureau detection switched off",
    desc: "Falco, the router of its events, the log agents or the alerts were removed or stopped by hand",
    condition:
      "ka.verb in (update, patch, delete, deletecollection) and ka.target.namespace in (falco, falco-audit, falcosidekick, log-agents, log-agents-node, logging) and ka.target.resource in (daemonsets, deployments, statefulsets, configmaps) and not ka.target.subresource = status and mijnbureau_allowed and not mijnbureau_controller and not mijnbureau_platform",
    output: `Part of the detection changed (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
];
