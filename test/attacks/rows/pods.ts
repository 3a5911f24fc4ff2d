import type { KubeObject } from "../../../lib/kube/client";
import { account, create, deployer, given, policy, quota, rule, type Attack, type Guard } from "../attack";
import { SANDBOXED } from "../platform";
import { APP, container, cronJob, deployment, job, NAMESPACE, object, pod, podSpec, statefulSet } from "./_objects";

const PODS = "mijnbureau-platform-pods";

/** The same pod by itself and in each kind that makes pods. */
const everyKind = (spec: Readonly<Record<string, unknown>>): readonly (readonly [string, string, KubeObject])[] => [
  ["pod", "a pod", pod(spec)],
  ["deployment", "a Deployment", deployment(spec)],
  ["stateful-set", "a StatefulSet", statefulSet(spec)],
  ["job", "a Job", job(spec)],
  ["cron-job", "a CronJob", cronJob(spec)],
];

const inEveryKind = (
  id: string,
  attempt: string,
  spec: Readonly<Record<string, unknown>>,
  refusedBy: Guard,
): Attack[] =>
  everyKind(spec).map(([kind, what, made]) => ({
    id: `pods/${id}-${kind}`,
    position: deployer(APP),
    attempt: `${attempt}, by ${what}`,
    steps: [create(made)],
    refusedBy,
  }));

const alone = (id: string, attempt: string, made: KubeObject, refusal: Pick<Attack, "refusedBy" | "also">): Attack => ({
  id: `pods/${id}`,
  position: deployer(APP),
  attempt,
  steps: [create(made)],
  ...refusal,
});

const held = { finalizers: ["attack.example/held"] };
const GRACE = "terminationGracePeriodSeconds";
const HELD = policy(PODS, "metadata.finalizers");

const port = 2379;
const CONTROL_PLANE = [
  ["control-plane", "node-role.kubernetes.io/control-plane"],
  ["master", "node-role.kubernetes.io/master"],
  ["etcd", "node-role.kubernetes.io/etcd"],
  ["rancher", "node-role.kubernetes.io/controlplane"],
  ["addons", "CriticalAddonsOnly"],
] as const;

const hooks: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ["liveness-http", "a liveness probe", { livenessProbe: { httpGet: { host: "169.254.169.254", port: 80 } } }],
  ["readiness-tcp", "a readiness probe", { readinessProbe: { tcpSocket: { host: "127.0.0.1", port } } }],
  ["startup-http", "a startup probe", { startupProbe: { httpGet: { host: "127.0.0.1", port } } }],
  ["post-start", "a hook after the start", { lifecycle: { postStart: { httpGet: { host: "10.96.0.1", port: 443 } } } }],
  ["pre-stop", "a hook before the stop", { lifecycle: { preStop: { httpGet: { host: "10.96.0.1", port: 443 } } } }],
  [
    "pre-stop-tcp",
    "a hook before the stop, over TCP",
    { lifecycle: { preStop: { tcpSocket: { host: "10.96.0.1", port: 443 } } } },
  ],
];

const sandboxed = deployer(SANDBOXED);
const inSandboxed = { namespace: sandboxed.namespace };

/** What lets an account of the suite make pods: its Role in LiveKit's chart says so. */
const podMaker = [
  given(object("v1", "ServiceAccount", {}, { name: "livekit-server" })),
  given(
    object("rbac.authorization.k8s.io/v1", "Role", {
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["create"] }],
    }),
  ),
  given(
    object("rbac.authorization.k8s.io/v1", "RoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "attack" },
      subjects: [{ kind: "ServiceAccount", name: "livekit-server", namespace: "mijnbureau-docs" }],
    }),
  ),
];

export const podAttacks: readonly Attack[] = [
  ...inEveryKind(
    "node-name",
    "Runs on a control-plane node by its name",
    { nodeName: "control-plane" },
    policy(PODS, "spec.nodeName"),
  ),
  ...inEveryKind(
    "deployer-account",
    "Runs as the account that installs the app",
    { serviceAccountName: "mijnbureau-deployer", automountServiceAccountToken: true },
    policy(PODS, "mijnbureau-deployer"),
  ),
  ...inEveryKind(
    "runtime-class",
    "Runs under a RuntimeClass that is not the app's",
    { runtimeClassName: "kata" },
    policy(PODS, "spec.runtimeClassName"),
  ),
  ...inEveryKind(
    "group-zero",
    "Runs with the group of root",
    { securityContext: { runAsGroup: 0 } },
    policy(PODS, "Group 0"),
  ),
  alone(
    "group-zero-container",
    "Runs a container with the group of root",
    pod({ containers: [container({ securityContext: { runAsGroup: 0 } })] }),
    { refusedBy: policy(PODS, "Group 0") },
  ),
  alone("fs-group-zero", "Has volumes owned by the group of root", pod({ securityContext: { fsGroup: 0 } }), {
    refusedBy: policy(PODS, "Group 0"),
  }),
  alone("supplemental-group-zero", "Adds the group of root", pod({ securityContext: { supplementalGroups: [0] } }), {
    refusedBy: policy(PODS, "Group 0"),
  }),
  ...inEveryKind(
    "inline-csi",
    "Has a volume of a storage driver past every StorageClass",
    { volumes: [{ name: "data", csi: { driver: "csi.example" } }] },
    policy(PODS, "csi volume"),
  ),
  ...inEveryKind(
    "grace",
    "Keeps a node from being drained for ten years",
    { terminationGracePeriodSeconds: 315_360_000 },
    policy(PODS, GRACE),
  ),
  alone(
    "grace-of-probe",
    "Keeps a node from being drained for ten years, by what a probe says of the end",
    pod({
      containers: [
        container({ livenessProbe: { exec: { command: ["false"] }, terminationGracePeriodSeconds: 315_360_000 } }),
      ],
    }),
    { refusedBy: policy(PODS, GRACE) },
  ),
  ...(
    [
      ["autoscaler", "cluster-autoscaler.kubernetes.io/safe-to-evict", "false"],
      ["karpenter", "karpenter.sh/do-not-disrupt", "true"],
    ] as const
  ).map(([id, key, value]) =>
    alone(
      `keeps-node-${id}`,
      `Keeps a node from being replaced by an annotation (${key})`,
      deployment({}, { annotations: { [key]: value } }),
      { refusedBy: policy(PODS, "leave the node") },
    ),
  ),
  alone("finalizer", "Keeps a pod for ever, and its node from being drained", pod({}, held), { refusedBy: HELD }),
  alone("finalizer-template", "The same by a Deployment", deployment({}, held), { refusedBy: HELD }),
  ...(
    [
      ["affinity-all", "Keeps the pods of all others from a zone", { namespaceSelector: {} }],
      ["affinity-named", "Keeps the pods of another app from a zone", { namespaces: ["mijnbureau-keycloak"] }],
    ] as const
  ).map(([id, attempt, others]) =>
    alone(
      id,
      attempt,
      pod({
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: "topology.kubernetes.io/zone", labelSelector: {}, ...others },
            ],
          },
        },
      }),
      { refusedBy: quota(NAMESPACE, "platform-affinity") },
    ),
  ),
  ...(
    [
      ["variable", { env: [{ name: "A", value: "x".repeat(512 * 1024) }] }],
      ["argument", { args: ["x".repeat(512 * 1024)] }],
    ] as const
  ).map(([id, extra]) =>
    alone(
      `large-${id}`,
      `Keeps half a megabyte in the ${id} of a Deployment, of which a dozen revisions stay`,
      deployment({ containers: [container(extra)] }),
      { refusedBy: policy(PODS, "Arguments and variables") },
    ),
  ),
  ...[
    ["kata", "the sandbox's virtual machine", "io.katacontainers.config.hypervisor.kernel_params"],
    ["gvisor", "gVisor", "dev.gvisor.spec.mount.data.type"],
    ["cri-o", "CRI-O", "io.kubernetes.cri-o.userns-mode"],
    ["cri-o-new", "devices, by CRI-O's new names", "devices.crio.io"],
    ["nri", "devices, by a plugin of the container runtime", "devices.nri.io/pod"],
    ["cilium", "traffic past the network's tracking", "io.cilium.no-track-port"],
    ["amazon", "the pod's network interface", "vpc.amazonaws.com/pod-eni"],
    ["multus", "the pod's networks, past its policies", "k8s.v1.cni.cncf.io/networks"],
    ["calico", "the pod's address", "cni.projectcalico.org/ipAddrs"],
    ["external-dns", "a name in DNS", "external-dns.alpha.kubernetes.io/hostname"],
  ].flatMap(([id = "", what = "", key = ""]) => [
    alone(`annotation-${id}`, `Sets ${what} by an annotation of a pod`, pod({}, { annotations: { [key]: "attack" } }), {
      refusedBy: policy(PODS, "An annotation"),
    }),
    alone(
      `annotation-${id}-template`,
      `Sets ${what} by an annotation of a template`,
      deployment({}, { annotations: { [key]: "attack" } }),
      { refusedBy: policy(PODS, "An annotation") },
    ),
  ]),
  {
    id: "pods/sandbox-left",
    position: sandboxed,
    attempt: "Leaves the app's sandbox by naming a RuntimeClass that is none",
    steps: [create(pod({ runtimeClassName: "runc" }, inSandboxed))],
    refusedBy: policy(PODS, "spec.runtimeClassName"),
  },
  {
    id: "pods/deployer-account-by-another",
    position: account("mijnbureau-docs", "livekit-server"),
    attempt: "Runs a pod as the account that installs the app, with nothing but the right to make pods",
    steps: [...podMaker, create(pod({ serviceAccountName: "mijnbureau-deployer" }))],
    refusedBy: policy(PODS, "mijnbureau-deployer"),
  },
  ...CONTROL_PLANE.map(([id, key]) =>
    alone(
      `toleration-${id}`,
      `Tolerates the taint ${key} of control-plane nodes`,
      pod({ tolerations: [{ key, operator: "Exists" }] }),
      { refusedBy: policy(PODS, "A toleration"), also: [rule("workload/control-plane-scheduling")] },
    ),
  ),
  alone("toleration-all", "Tolerates every taint", pod({ tolerations: [{ operator: "Exists" }] }), {
    refusedBy: policy(PODS, "A toleration"),
    also: [rule("workload/control-plane-scheduling")],
  }),
  alone(
    "toleration-owned",
    "Tolerates every taint, and says that a DaemonSet made the pod",
    pod(
      { tolerations: [{ operator: "Exists" }] },
      { ownerReferences: [{ apiVersion: "attack.example/v1", kind: "DaemonSet", name: "agent", uid: "attack" }] },
    ),
    { refusedBy: policy(PODS, "A toleration") },
  ),
  alone(
    "node-selector-etcd",
    "Asks for the nodes of etcd",
    pod({ nodeSelector: { "node-role.kubernetes.io/etcd": "true" } }),
    { refusedBy: rule("workload/control-plane-scheduling") },
  ),
  ...hooks.map(([id, what, extra]) =>
    alone(`host-${id}`, `Has the kubelet call another address by ${what}`, pod({ containers: [container(extra)] }), {
      refusedBy: rule("workload/probe-host"),
      also: [rule("pod-security/host-probes-and-lifecycle"), { by: "pod-security", namespace: "mijnbureau-docs" }],
    }),
  ),
  {
    id: "pods/template-object",
    position: deployer(APP),
    attempt: "Runs on a control-plane node by a Job that a template of pods names",
    steps: [
      create(
        object("batch/v1", "Job", {
          spec: { template: { spec: { ...podSpec({ nodeName: "control-plane" }), restartPolicy: "OnFailure" } } },
        }),
      ),
    ],
    refusedBy: policy(PODS, "spec.nodeName"),
  },
];
