import { stringify } from "yaml";

/**
 * Detection rules for the suite's namespaces. They define their own macros and lists with the prefix `mijnbureau_`,
 * so that an update of the upstream rules cannot change what they mean; fields are those of Falco 0.44 and of the
 * k8saudit plugin 0.18.
 */
export interface FalcoRule {
  readonly rule: string;
  readonly desc: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: "CRITICAL" | "ERROR" | "WARNING" | "NOTICE";
  readonly source?: "syscall" | "k8s_audit";
  readonly tags: readonly string[];
}

interface Named {
  readonly macro?: string;
  readonly list?: string;
  readonly condition?: string;
  readonly items?: readonly string[];
}

export interface RuleFacts {
  /** Namespaces of the suite. */
  readonly namespaces: readonly string[];
  /** Namespaces whose apps have a flow to the public internet. */
  readonly internetNamespaces: readonly string[];
  /** Users and ServiceAccounts that read the suite's Secrets because that is what they are for. */
  readonly secretReaders: readonly string[];
}

const where = "ns=%k8s.ns.name pod=%k8s.pod.name container=%container.name image=%container.image.repository";
const who = "user=%user.name uid=%user.uid process=%proc.name parent=%proc.pname cmdline=%proc.cmdline";

const syscallMacros: readonly Named[] = [
  { macro: "mijnbureau_container", condition: "container.id != host and k8s.ns.name in (mijnbureau_namespaces)" },
  { macro: "mijnbureau_spawned", condition: "evt.type in (execve, execveat)" },
  { list: "mijnbureau_shells", items: ["ash", "bash", "csh", "dash", "fish", "ksh", "sh", "tcsh", "zsh", "busybox"] },
  // Processes that answer requests from outside: none of them starts a shell in normal operation.
  {
    list: "mijnbureau_servers",
    items: [
      "nginx",
      "apache2",
      "httpd",
      "php-fpm",
      "gunicorn",
      "uvicorn",
      "celery",
      "java",
      "node",
      "coolwsd",
      "livekit-server",
      "ollama",
    ],
  },
  {
    macro: "mijnbureau_binary_dir",
    condition: "fd.directory in (/bin, /sbin, /usr/bin, /usr/sbin, /usr/local/bin, /usr/local/sbin)",
  },
  {
    macro: "mijnbureau_private_network",
    condition:
      'fd.snet in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128")',
  },
];

const syscallRules: readonly FalcoRule[] = [
  {
    rule: "MijnBureau shell with a terminal",
    desc: "Somebody works in a container of the suite",
    condition: "mijnbureau_spawned and mijnbureau_container and proc.name in (mijnbureau_shells) and proc.tty != 0",
    output: `Shell with a terminal in a container of the suite (${who} ${where})`,
    priority: "WARNING",
    tags: ["mijnbureau", "shell", "mitre_execution", "T1059"],
  },
  {
    rule: "MijnBureau shell started by a server",
    desc: "A process that answers requests started a shell, as a web shell or command injection would",
    condition:
      "mijnbureau_spawned and mijnbureau_container and proc.name in (mijnbureau_shells) and proc.pname in (mijnbureau_servers) and proc.tty = 0",
    output: `A server of the suite started a shell (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "shell", "mitre_execution", "T1190"],
  },
  {
    rule: "MijnBureau write below a binary directory",
    desc: "A program of a container of the suite was added or changed",
    condition:
      "evt.type in (open, openat, openat2, creat) and evt.is_open_write = true and fd.typechar = 'f' and fd.num >= 0 and mijnbureau_container and mijnbureau_binary_dir",
    output: `File below a binary directory opened for writing (file=%fd.name ${who} ${where})`,
    priority: "ERROR",
    tags: ["mijnbureau", "filesystem", "mitre_persistence", "T1554"],
  },
  {
    rule: "MijnBureau connection to the internet",
    desc: "An app without any flow to the internet tries to reach a public address",
    condition:
      "evt.type in (connect, sendto, sendmsg) and fd.typechar in (4, 6) and mijnbureau_container and not k8s.ns.name in (mijnbureau_internet_namespaces) and not mijnbureau_private_network",
    output: `Unexpected connection from the suite to the internet (connection=%fd.name ${who} ${where})`,
    priority: "WARNING",
    tags: ["mijnbureau", "network", "mitre_exfiltration", "T1041"],
  },
  {
    rule: "MijnBureau service account token read",
    desc: "The suite's pods have no token; the few Jobs that do use it themselves",
    condition:
      "evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.name startswith /var/run/secrets/kubernetes.io/serviceaccount and mijnbureau_container and not proc.name in (kubectl)",
    output: `Service account token read (file=%fd.name ${who} ${where})`,
    priority: "WARNING",
    tags: ["mijnbureau", "credentials", "mitre_credential_access", "T1552"],
  },
];

const request =
  "user=%ka.user.name verb=%ka.verb target=%ka.target.resource/%ka.target.name ns=%ka.target.namespace code=%ka.response.code uri=%ka.uri";

const auditMacros: readonly Named[] = [
  { macro: "mijnbureau_audited", condition: "ka.target.namespace in (mijnbureau_namespaces)" },
  {
    macro: "mijnbureau_controller",
    condition: "ka.user.name startswith system:kube- or ka.user.name startswith system:node:",
  },
  { macro: "mijnbureau_changes", condition: "ka.verb in (create, update, patch, delete, deletecollection)" },
];

const auditRules: readonly FalcoRule[] = [
  {
    rule: "MijnBureau Secret read through the API",
    desc: "Secrets of the suite are mounted by the kubelet; nobody else reads them",
    condition:
      "mijnbureau_audited and ka.target.resource = secrets and ka.verb in (get, list, watch) and not mijnbureau_controller and not ka.user.name in (mijnbureau_secret_readers)",
    output: `Secret of the suite read through the API (${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_credential_access", "T1552"],
  },
  {
    rule: "MijnBureau exec into a pod",
    desc: "exec, attach, port-forward or an ephemeral container",
    condition:
      "mijnbureau_audited and ka.target.resource = pods and ka.target.subresource in (exec, attach, portforward, ephemeralcontainers) and not ka.user.name in (mijnbureau_secret_readers)",
    output: `Access to a pod of the suite (subresource=%ka.target.subresource ${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_execution", "T1609"],
  },
  {
    rule: "MijnBureau token requested",
    desc: "A token of a ServiceAccount of the suite was made by hand",
    condition:
      "mijnbureau_audited and ka.target.resource = serviceaccounts and ka.target.subresource = token and ka.verb = create and not mijnbureau_controller",
    output: `Token of a ServiceAccount of the suite requested (${request})`,
    priority: "WARNING",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_credential_access", "T1528"],
  },
  {
    rule: "MijnBureau guardrail removed",
    desc: "An admission policy or its binding was deleted",
    condition:
      "ka.verb in (delete, deletecollection) and ka.target.resource in (validatingadmissionpolicies, validatingadmissionpolicybindings, mutatingadmissionpolicies, mutatingadmissionpolicybindings, validatingpolicies, mutatingpolicies, generatingpolicies, deletingpolicies, imagevalidatingpolicies, validatingwebhookconfigurations, mutatingwebhookconfigurations)",
    output: `Admission guardrail deleted (${request})`,
    priority: "CRITICAL",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
  {
    rule: "MijnBureau namespace guardrail changed",
    desc: "NetworkPolicies, quotas or role bindings of the suite changed by a person",
    condition:
      "mijnbureau_audited and mijnbureau_changes and ka.target.resource in (networkpolicies, resourcequotas, limitranges, rolebindings) and not ka.user.name startswith system:",
    output: `Guardrail of a namespace of the suite changed (${request})`,
    priority: "NOTICE",
    source: "k8s_audit",
    tags: ["mijnbureau", "k8s", "mitre_defense_evasion", "T1562"],
  },
];

function lists(facts: RuleFacts): Named[] {
  return [
    { list: "mijnbureau_namespaces", items: [...facts.namespaces].sort() },
    { list: "mijnbureau_internet_namespaces", items: [...facts.internetNamespaces].sort() },
    { list: "mijnbureau_secret_readers", items: [...facts.secretReaders].sort() },
  ];
}

export const syscallRuleNames: readonly string[] = syscallRules.map(({ rule }) => rule);

/** Rules over system calls, for the agents on the nodes; then what is added to rules that stand. */
export function syscallRuleFile(facts: RuleFacts, added: readonly object[] = []): string {
  return stringify([...lists(facts).slice(0, 2), ...syscallMacros, ...syscallRules, ...added], { lineWidth: 0 });
}

/** Rules over the API server's audit events. */
export function auditRuleFile(facts: RuleFacts): string {
  const [namespaces, , readers] = lists(facts);
  return stringify([namespaces, readers, ...auditMacros, ...auditRules], { lineWidth: 0 });
}

/** Every rule, for documentation, alerts and tests. */
export const falcoRules: readonly FalcoRule[] = [...syscallRules, ...auditRules];
