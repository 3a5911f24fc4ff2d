import type { FalcoRule, Named } from "./rule";

const where = "ns=%k8s.ns.name pod=%k8s.pod.name container=%container.name image=%container.image.repository";
const who = "user=%user.name uid=%user.uid process=%proc.name parent=%proc.pname cmdline=%proc.cmdline";

export const syscallMacros: readonly Named[] = [
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
      "coolforkit",
      "livekit-server",
      "ollama",
      "postgres",
      "redis-server",
      "valkey-server",
      "minio",
      "clamd",
    ],
  },
  // A package runner starts its script by a shell: `yarn start` of docs' y-provider is node, then sh, then node.
  {
    macro: "mijnbureau_package_runner",
    condition:
      'proc.pname = node and (proc.pcmdline contains "/yarn" or proc.pcmdline contains "/npm" or proc.pcmdline contains "/pnpm")',
  },
  {
    list: "mijnbureau_intruders_tools",
    items: [
      "nc",
      "ncat",
      "netcat",
      "socat",
      "nmap",
      "masscan",
      "tcpdump",
      "tshark",
      "sshd",
      "chisel",
      "ligolo-agent",
      "xmrig",
      "minerd",
      "hydra",
      "gdb",
      "strace",
    ],
  },
  { list: "mijnbureau_package_managers", items: ["apt", "apt-get", "dpkg", "apk", "yum", "dnf", "microdnf", "rpm"] },
  {
    macro: "mijnbureau_opened_for_writing",
    condition: "evt.is_open_write = true and fd.typechar = 'f' and fd.num >= 0",
  },
  {
    macro: "mijnbureau_binary_dir",
    condition: "fd.directory in (/bin, /sbin, /usr/bin, /usr/sbin, /usr/local/bin, /usr/local/sbin)",
  },
  {
    macro: "mijnbureau_foothold",
    condition:
      "fd.name in (/etc/passwd, /etc/shadow, /etc/sudoers, /etc/crontab, /etc/ld.so.preload) or fd.name startswith /etc/cron. " +
      "or fd.name startswith /etc/sudoers.d or fd.name startswith /var/spool/cron or fd.name endswith /.ssh/authorized_keys",
  },
  {
    macro: "mijnbureau_private_network",
    condition:
      'fd.snet in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128")',
  },
];

export const syscallRules: readonly FalcoRule[] = [
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
      "mijnbureau_spawned and mijnbureau_container and proc.name in (mijnbureau_shells) and proc.pname in (mijnbureau_servers) and proc.tty = 0 and not mijnbureau_package_runner",
    output: `A server of the suite started a shell (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "shell", "mitre_execution", "T1190"],
  },
  {
    rule: "MijnBureau tool of an intruder",
    desc: "Started what listens, scans, tunnels, mines or looks into processes; no image of the suite needs it",
    condition: "mijnbureau_spawned and mijnbureau_container and proc.name in (mijnbureau_intruders_tools)",
    output: `Tool of an intruder started in the suite (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "process", "mitre_execution", "T1059"],
  },
  {
    rule: "MijnBureau package manager",
    desc: "Software is installed in a running container of the suite",
    condition: "mijnbureau_spawned and mijnbureau_container and proc.name in (mijnbureau_package_managers)",
    output: `Package manager started in the suite (${who} ${where})`,
    priority: "ERROR",
    tags: ["mijnbureau", "process", "mitre_persistence", "T1072"],
  },
  {
    rule: "MijnBureau program from a temporary directory",
    desc: "A program was brought in at run time; synapse's key generator runs its copy of kubectl there",
    condition:
      "mijnbureau_spawned and mijnbureau_container and (proc.exepath startswith /tmp/ or proc.exepath startswith /var/tmp/ or proc.exepath startswith /dev/shm/) and not proc.exepath = /tmp/kubectl",
    output: `Program run from a temporary directory (path=%proc.exepath ${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "process", "mitre_execution", "T1059"],
  },
  {
    rule: "MijnBureau program from memory",
    desc: "A program without a file was run",
    condition: "mijnbureau_spawned and mijnbureau_container and proc.is_exe_from_memfd = true",
    output: `Program run from memory (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "process", "mitre_defense_evasion", "T1620"],
  },
  {
    rule: "MijnBureau write below a binary directory",
    desc: "A program of a container of the suite was added or changed",
    condition:
      "evt.type in (open, openat, openat2, creat) and mijnbureau_opened_for_writing and mijnbureau_container and mijnbureau_binary_dir",
    output: `File below a binary directory opened for writing (file=%fd.name ${who} ${where})`,
    priority: "ERROR",
    tags: ["mijnbureau", "filesystem", "mitre_persistence", "T1554"],
  },
  {
    rule: "MijnBureau foothold written",
    desc: "Accounts, scheduled commands or keys of a container of the suite were changed",
    condition:
      "evt.type in (open, openat, openat2, creat) and mijnbureau_opened_for_writing and mijnbureau_container and mijnbureau_foothold",
    output: `File by which an intruder stays opened for writing (file=%fd.name ${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "filesystem", "mitre_persistence", "T1098"],
  },
  {
    rule: "MijnBureau connection to the internet",
    desc: "An app tries to reach an address beyond the cluster to which it has no flow",
    condition:
      "evt.type in (connect, sendto, sendmsg) and fd.typechar in (4, 6) and mijnbureau_container and not mijnbureau_private_network and not mijnbureau_outside",
    output: `Unexpected connection from the suite to the internet (connection=%fd.name ${who} ${where})`,
    priority: "WARNING",
    tags: ["mijnbureau", "network", "mitre_exfiltration", "T1041"],
  },
  {
    rule: "MijnBureau metadata service of the provider",
    desc: "An app tries to reach the service that hands out the node's own credentials",
    condition:
      'evt.type in (connect, sendto, sendmsg) and fd.typechar in (4, 6) and mijnbureau_container and fd.sip in ("169.254.169.254", "fd00:ec2::254")',
    output: `Connection from the suite to the metadata service (connection=%fd.name ${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "network", "mitre_credential_access", "T1552"],
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
  {
    rule: "MijnBureau kernel module or program loaded",
    desc: "A container of the suite loads code into the kernel",
    condition: "evt.type in (init_module, finit_module, bpf) and mijnbureau_container",
    output: `Code loaded into the kernel from the suite (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "process", "mitre_privilege_escalation", "T1611"],
  },
  {
    rule: "MijnBureau namespace or mount changed",
    desc: "A process leaves its container or mounts; Collabora's jails do so by themselves",
    condition:
      "evt.type in (mount, umount2, setns, unshare) and mijnbureau_container and not proc.name startswith cool",
    output: `Namespace or mount changed in the suite (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "process", "mitre_privilege_escalation", "T1611"],
  },
  {
    rule: "MijnBureau process traced",
    desc: "A process reads or writes the memory of another",
    condition: "evt.type in (ptrace, process_vm_writev, process_vm_readv) and mijnbureau_container",
    output: `Process traced in the suite (${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "process", "mitre_credential_access", "T1003"],
  },
  {
    rule: "MijnBureau input and output over the network",
    desc: "A process has a connection for its input or output: a reverse shell",
    condition:
      'evt.type in (dup, dup2, dup3) and evt.rawres in (0, 1, 2) and fd.type in ("ipv4", "ipv6") and mijnbureau_container',
    output: `Input or output over a connection (connection=%fd.name ${who} ${where})`,
    priority: "CRITICAL",
    tags: ["mijnbureau", "network", "mitre_execution", "T1059"],
  },
];
