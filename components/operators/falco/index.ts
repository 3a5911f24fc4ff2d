import { z } from "zod";
import { registryCidrs } from "../../../config/fields";
import { priorityClass } from "../../priority-classes";
import { defineOperator } from "../frame/define";
import { exempt } from "../../exemptions";
import { image, pullSecrets, registry } from "../frame/facts";
import { between, group, peer, registries, scrape } from "../frame/flows";
import { linux, resources } from "../frame/pods";
import { eventRouter } from "../falcosidekick/place";
import { containerRuntime } from "../frame/runtime";
import { artifact, falcoctl, fetcher, withoutToken } from "./artifacts";
import { registryLogins } from "../frame/registry-login";
import { exceptionsTo } from "./exceptions";
import { ruleFacts } from "./rule-facts";
import { syscallRuleFile } from "./rules";
import { syscallRules } from "./rules/syscalls";
import { alerts } from "./alerts";
import { chart } from "./chart";
import { dashboard } from "./dashboard";

const NAMESPACE = "falco";
const agent = group("falco", { "app.kubernetes.io/name": "falco", "app.kubernetes.io/instance": "falco" });
const METRICS_PORT = 8765;

/** Of its modern eBPF driver, where it is not privileged. */
const CAPABILITIES = ["BPF", "SYS_RESOURCE", "PERFMON", "SYS_PTRACE"];

export default defineOperator({
  name: "falco",
  title: "Falco: detection of what containers do, by system call, on every node.",
  duties: ["Nodes have a kernel with BTF (5.8 or newer), for the modern eBPF driver."],
  enabledByDefault: true,
  namespaces: ({ facts, settings }) => [
    {
      name: NAMESPACE,
      podSecurity: {
        level: "privileged",
        reason:
          "Host paths (/proc, /etc, /usr, the CRI socket), CAP_BPF, PERFMON, SYS_PTRACE, and no AppArmor or seccomp.",
        admits: [
          {
            account: "falco",
            images: ["falco", "falcoctl"].map((name) => image(facts, `docker.io/falcosecurity/${name}`)),
            hostPaths: [
              settings.criSocket ?? containerRuntime(facts).socket,
              "/boot",
              "/lib/modules",
              "/usr",
              "/etc",
              "/sys/kernel",
              "/proc",
            ],
            capabilities: CAPABILITIES,
          },
        ],
      },
    },
  ],
  settings: {
    registryCidrs: registryCidrs.describe("Registry of Falco's rules and plugins; empty: the public internet."),
    criSocket: z
      .string()
      .startsWith("/", "is not a path on the host; example: /run/containerd/containerd.sock")
      .optional()
      .describe("Socket of the container runtime on the nodes; absent: the distribution's."),
    priority: z
      .enum(["critical", "error", "warning", "notice", "info"])
      .default("notice")
      .describe("Least priority that is reported."),
    exceptions: exceptionsTo(syscallRules, "syscall"),
  },
  alerts: [alerts],
  dashboards: [dashboard],
  // Falco traces other processes (falcosecurity/falco#3345).
  unconfined: true,
  needs: ["falcosidekick", "prometheus"],
  chart: { ...chart, release: "falco" },
  values: ({ facts, settings }) => ({
    image: { registry: registry(facts, "docker.io") },
    imagePullSecrets: pullSecrets(facts),
    driver: {
      enabled: true,
      // Compiled into Falco: no kernel headers, no module, no download.
      kind: "modern_ebpf",
      modernEbpf: { leastPrivileged: true, bufSizePreset: 4 },
      loader: { enabled: false, initContainer: { image: { registry: registry(facts, "docker.io") } } },
    },
    // A value here replaces what the chart would compute, so the capabilities have to be repeated.
    containerSecurityContext: {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsUser: 0,
      capabilities: { drop: ["ALL"], add: CAPABILITIES },
      // bpf(), perf_event_open() and ptrace() are outside the runtime's default profile.
      seccompProfile: { type: "Unconfined" },
    },
    // AppArmor denies ptrace (falcosecurity/falco#3345); the chart sets only the annotation that newer API servers ignore.
    podSecurityContext: { appArmorProfile: { type: "Unconfined" } },
    podPriorityClassName: priorityClass.node,
    serviceAccount: { create: true },
    resources: resources(["100m", "512Mi"], ["1", "1Gi"]),
    nodeSelector: linux,
    // Every node, tainted ones and the control plane included: what is not watched is where an intruder goes.
    tolerations: [
      { operator: "Exists", effect: "NoSchedule" },
      { operator: "Exists", effect: "NoExecute" },
    ],
    controller: {
      kind: "daemonset",
      daemonset: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } } },
    },
    tty: false,
    collectors: {
      enabled: true,
      containerEngine: {
        enabled: true,
        pluginRef: artifact(facts, "container"),
        // Each engine that is on is a socket of the host in the pod.
        engines: {
          docker: { enabled: false },
          podman: { enabled: false },
          lxc: { enabled: false },
          libvirt_lxc: { enabled: false },
          bpm: { enabled: false },
          containerd: { enabled: false },
          cri: { enabled: true, sockets: [settings.criSocket ?? containerRuntime(facts).socket] },
        },
      },
      kubernetes: { enabled: false },
    },
    falcoctl: falcoctl(facts, ["rules"]),
    falco: {
      rules_files: ["/etc/falco/falco_rules.yaml", "/etc/falco/rules.d"],
      json_output: true,
      json_include_output_property: true,
      json_include_tags_property: true,
      priority: settings.priority,
      time_format_iso_8601: true,
      rule_matching: "all",
      syslog_output: { enabled: false },
      log_syslog: false,
      stdout_output: { enabled: true },
      outputs_queue: { capacity: 10_000 },
      webserver: { enabled: true, prometheus_metrics_enabled: true },
      base_syscalls: { repair: true },
      http_output: facts.capabilities.has("event-router")
        ? { enabled: true, url: eventRouter.url }
        : { enabled: false },
    },
    metrics: { enabled: true, interval: "5m", outputRule: false, service: { create: true } },
    serviceMonitor: { create: facts.capabilities.has("monitors"), interval: "30s" },
    grafana: { dashboards: { enabled: facts.capabilities.has("monitors") } },
    customRules: { "mijnbureau.yaml": syscallRuleFile(ruleFacts(facts, settings)) },
    // Its own release, in a restricted namespace.
    falcosidekick: { enabled: false },
  }),
  patches: ({ facts }) => [
    ...registryLogins(facts, [fetcher("DaemonSet", "falco")]),
    withoutToken("DaemonSet", "falco"),
  ],
  flows: ({ facts, settings }) => [
    between(peer(NAMESPACE, agent), eventRouter.peer, [eventRouter.port], "Events to the router"),
    registries(facts, peer(NAMESPACE, agent), settings.registryCidrs, "Rules and plugins, when a pod starts"),
    scrape(NAMESPACE, agent, METRICS_PORT),
  ],
  monitors: () => [{ kind: "ServiceMonitor", namespace: NAMESPACE, scrapes: "falco", port: METRICS_PORT }],
  exemptions: () => [
    {
      rule: "workload/breakout-capabilities",
      target: { kind: "DaemonSet", namespace: NAMESPACE, name: "falco", container: "falco" },
      reason:
        "BPF, PERFMON, SYS_PTRACE and SYS_RESOURCE are what its modern eBPF driver needs; the alternative is privileged.",
    },
    {
      rule: "workload/container-runtime-socket",
      target: { kind: "DaemonSet", namespace: NAMESPACE, name: "falco" },
      reason: "Names of containers and pods in events come from the runtime; the socket is mounted, not exposed.",
    },
    ...exempt(
      ["workload/non-root-group", "workload/sensitive-host-path", "workload/writable-host-path"],
      { kind: "DaemonSet", namespace: NAMESPACE, name: "falco" },
      "Watches the kernel as root of the node, by its tracing file system, its devices and the runtime's socket.",
    ),
  ],
  hostAgents: () => [
    {
      namespace: NAMESPACE,
      workload: "falco",
      reason: "An attack on the control plane is seen only where it happens.",
    },
  ],
});
