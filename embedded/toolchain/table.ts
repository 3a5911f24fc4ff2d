/**
 * Every tool that the embedded pieces and the tests run, each with one version.
 *
 * The Go module of a tool is `embedded/toolchain/<module>/go.mod`; its lock files decide what is built, this table says
 * which package of it, how a tool on `PATH` proves its version, and what the tool is for.
 */
export interface Tool {
  /** Name of the executable. */
  readonly bin: string;
  readonly version: string;
  /** What is accepted from `PATH`: patch releases of the same minor, unless a newer one is known to work. */
  readonly accepts: string;
  /** Folder under `embedded/toolchain/`. */
  readonly module: string;
  /** Package that is built; "." is the module's own `main.go`. */
  readonly package: string;
  /** `-X` settings, `importpath.name=value`. */
  readonly stamps?: readonly string[];
  /** Files that `main.go` embeds and that a dependency ships: name -> path inside that dependency. */
  readonly overlay?: { readonly dependency: string; readonly files: Readonly<Record<string, string>> };
  /** Arguments that print the version; absent where the executable cannot tell. */
  readonly versionArgs?: readonly string[];
  /** Wall time of a cold build on two free cores, of this tool alone. */
  readonly buildSeconds: number;
  readonly purpose: string;
}

const KUBERNETES = "1.36.3";
const KYVERNO = "1.19.1";
const PROVIDER = "4.25.0-alpha.1768448096";

function kubernetes(bin: string, buildSeconds: number, purpose: string, module = "kubernetes"): Tool {
  return {
    bin,
    version: KUBERNETES,
    accepts: `~${KUBERNETES}`,
    module,
    package: `k8s.io/kubernetes/cmd/${bin}`,
    // The module carries placeholders; the release build sets these (hack/lib/version.sh of kubernetes/kubernetes).
    stamps: [
      `k8s.io/component-base/version.gitVersion=v${KUBERNETES}`,
      "k8s.io/component-base/version.gitMajor=1",
      "k8s.io/component-base/version.gitMinor=36",
      "k8s.io/component-base/version.gitTreeState=clean",
      `k8s.io/client-go/pkg/version.gitVersion=v${KUBERNETES}`,
    ],
    versionArgs: ["--version"],
    buildSeconds,
    purpose,
  };
}

function kyverno(bin: string, pkg: string, rest: Pick<Tool, "buildSeconds" | "purpose" | "versionArgs">): Tool {
  return {
    bin,
    version: KYVERNO,
    accepts: `~${KYVERNO}`,
    module: "kyverno",
    package: `github.com/kyverno/kyverno/cmd/${pkg}`,
    stamps: [`github.com/kyverno/kyverno/pkg/version.BuildVersion=v${KYVERNO}`],
    ...rest,
  };
}

/** Programs of a real node. A module beside the control plane's, because that one's lock file is part of its cache key. */
const onNode = (bin: string, buildSeconds: number, purpose: string): Tool =>
  kubernetes(bin, buildSeconds, purpose, "kubernetes-node");

function tool(bin: string, version: string, rest: Omit<Tool, "bin" | "version" | "accepts" | "module">): Tool {
  return { bin, version, accepts: `~${version}`, module: bin, ...rest };
}

export const TOOLS = {
  etcd: tool("etcd", "3.6.5", {
    package: "go.etcd.io/etcd/server/v3",
    versionArgs: ["--version"],
    buildSeconds: 60,
    purpose: "storage of the embedded control plane",
  }),
  "kube-apiserver": kubernetes("kube-apiserver", 300, "embedded control plane"),
  "kube-controller-manager": kubernetes("kube-controller-manager", 140, "embedded control plane"),
  "kube-scheduler": kubernetes("kube-scheduler", 20, "embedded control plane"),
  kwok: tool("kwok", "0.8.0", {
    package: "sigs.k8s.io/kwok/cmd/kwok",
    versionArgs: ["--version"],
    buildSeconds: 110,
    purpose: "simulated nodes: pods become ready without kubelets",
  }),
  pulumi: {
    ...tool("pulumi", "3.259.0", {
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      stamps: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0"],
      versionArgs: ["version"],
      buildSeconds: 300,
      purpose: "the engine that runs the program and the policy pack",
    }),
    accepts: ">=3.259.0 <4",
  },
  "pulumi-resource-kubernetes": {
    // It cannot print its version, so it is only taken from a plugin folder that carries the version in its name.
    bin: "pulumi-resource-kubernetes",
    // Two months of changes after 4.24.0, never released under a number of their own (the next release is 4.26.0): the
    // name that the provider's own builds give such a state, with the time of its commit.
    version: PROVIDER,
    accepts: ">=4.25.0-alpha.0 <5",
    module: "pulumi-kubernetes",
    package: ".",
    stamps: [`github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=${PROVIDER}`],
    overlay: {
      dependency: "github.com/pulumi/pulumi-kubernetes/provider/v4",
      files: {
        "schema.json": "cmd/pulumi-resource-kubernetes/schema.json",
        "terraform-mapping.json": "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
      },
    },
    buildSeconds: 370,
    purpose: "Pulumi's Kubernetes provider",
  },
  "kubectl-kyverno": kyverno("kubectl-kyverno", "cli/kubectl-kyverno", {
    versionArgs: ["version"],
    buildSeconds: 500,
    purpose: "Kyverno's CLI: mutations and policies are tested with the real engine",
  }),
  kyverno: kyverno("kyverno", "kyverno", {
    buildSeconds: 400,
    purpose: "Kyverno's admission controller as a local process",
  }),
  "kyverno-background-controller": kyverno("kyverno-background-controller", "background-controller", {
    buildSeconds: 400,
    purpose: "Kyverno's real background controller as a local process",
  }),
  "kyverno-cleanup-controller": kyverno("kyverno-cleanup-controller", "cleanup-controller", {
    buildSeconds: 300,
    purpose: "Kyverno's real clean-up controller as a local process",
  }),
  "kyverno-reports-controller": kyverno("kyverno-reports-controller", "reports-controller", {
    buildSeconds: 300,
    purpose: "Kyverno's real reports controller, as a pod of real nodes",
  }),
  "metrics-server": tool("metrics-server", "0.9.0", {
    package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    stamps: ["k8s.io/component-base/version.gitVersion=v0.9.0"],
    buildSeconds: 240,
    purpose: "what pods use, as a pod of real nodes: what autoscalers go by",
  }),
  helm: tool("helm", "3.22.0", {
    package: "helm.sh/helm/v3/cmd/helm",
    stamps: ["helm.sh/helm/v3/internal/version.version=v3.22.0"],
    versionArgs: ["version", "--short"],
    buildSeconds: 80,
    purpose: "charts are rendered and compared with what the provider renders",
  }),
  kubeconform: tool("kubeconform", "0.8.0", {
    package: "github.com/yannh/kubeconform/cmd/kubeconform",
    stamps: ["main.version=v0.8.0"],
    versionArgs: ["-v"],
    buildSeconds: 10,
    purpose: "manifests are checked against the Kubernetes schemas",
  }),
  "kube-score": tool("kube-score", "1.20.0", {
    package: "github.com/zegl/kube-score/cmd/kube-score",
    stamps: ["main.version=1.20.0"],
    versionArgs: ["version"],
    buildSeconds: 30,
    purpose: "comparison in the benchmarks",
  }),
  conftest: tool("conftest", "0.71.1", {
    package: "github.com/open-policy-agent/conftest",
    stamps: ["github.com/open-policy-agent/conftest/internal/version.Version=0.71.1"],
    versionArgs: ["--version"],
    buildSeconds: 120,
    purpose: "comparison in the benchmarks",
  }),
  "sigs-yaml": tool("sigs-yaml", "1.6.0", {
    package: ".",
    buildSeconds: 10,
    purpose: "the YAML reader of kubectl, to which the scanner's own is held",
  }),
  helmfile: tool("helmfile", "1.8.0", {
    package: "github.com/helmfile/helmfile",
    stamps: ["go.szostok.io/version.version=v1.8.0"],
    versionArgs: ["--version"],
    buildSeconds: 180,
    purpose: "MijnBureau's own helmfile is rendered with the values that a stack hands over",
  }),
  promtool: tool("promtool", "3.15.0", {
    package: "github.com/prometheus/prometheus/cmd/promtool",
    stamps: ["github.com/prometheus/common/version.Version=3.15.0"],
    versionArgs: ["--version"],
    buildSeconds: 240,
    purpose: "alert rules are checked and unit-tested",
  }),
  prometheus: tool("prometheus", "3.15.0", {
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    stamps: ["github.com/prometheus/common/version.Version=3.15.0"],
    versionArgs: ["--version"],
    buildSeconds: 240,
    purpose: "the real Prometheus as a local process, on the configuration that its operator makes",
  }),
  alertmanager: tool("alertmanager", "0.31.1", {
    // The last version whose module holds the files of its pages, which the program embeds.
    package: "github.com/prometheus/alertmanager/cmd/alertmanager",
    stamps: ["github.com/prometheus/common/version.Version=0.31.1"],
    versionArgs: ["--version"],
    buildSeconds: 120,
    purpose: "the real Alertmanager: alerts arrive at their receivers",
  }),
  amtool: tool("amtool", "0.34.0", {
    package: "github.com/prometheus/alertmanager/cmd/amtool",
    stamps: ["github.com/prometheus/common/version.Version=0.34.0"],
    versionArgs: ["--version"],
    buildSeconds: 120,
    purpose: "Alertmanager's configuration and its routes are checked",
  }),
  velero: tool("velero", "1.18.3", {
    package: "github.com/vmware-tanzu/velero/cmd/velero",
    stamps: ["github.com/vmware-tanzu/velero/pkg/buildinfo.Version=v1.18.3"],
    versionArgs: ["version", "--client-only"],
    buildSeconds: 300,
    purpose: "the real backup controller as a local process",
  }),
  "velero-plugin-for-aws": tool("velero-plugin-for-aws", "1.14.3", {
    package: "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
    buildSeconds: 120,
    purpose: "Velero's way to S3, in the backup tests",
  }),
  "velero-restore-helper": {
    // It prints no version.
    ...tool("velero-restore-helper", "1.18.3", {
      package: "github.com/vmware-tanzu/velero/cmd/velero-restore-helper",
      buildSeconds: 5,
      purpose: "what a restored pod waits with for its volumes",
    }),
    module: "velero",
  },
  "cp-plugin": {
    // It prints no version.
    ...tool("cp-plugin", "1.14.3", {
      package: "github.com/vmware-tanzu/velero-plugin-for-aws/hack/cp-plugin",
      buildSeconds: 5,
      purpose: "puts Velero's plugin beside its server",
    }),
    module: "velero-plugin-for-aws",
  },
  weed: {
    // It prints no version that could be compared.
    ...tool("weed", "0.0.0-20261109003541-7506e5f91cd6", {
      package: "github.com/seaweedfs/seaweedfs/weed",
      buildSeconds: 260,
      purpose: "SeaweedFS, object storage for the backup tests: versions, object lock, encryption",
    }),
    module: "seaweedfs",
  },
  "external-secrets": tool("external-secrets", "0.20.4", {
    package: "github.com/external-secrets/external-secrets",
    buildSeconds: 400,
    purpose: "the real secrets controller as a local process",
  }),
  "cloudnative-pg": tool("cloudnative-pg", "1.30.0", {
    package: "github.com/cloudnative-pg/cloudnative-pg/cmd/manager",
    versionArgs: ["version"],
    buildSeconds: 120,
    purpose: "the real database operator as a local process",
  }),
  "barman-cloud-plugin": tool("barman-cloud-plugin", "0.13.0", {
    package: "github.com/cloudnative-pg/plugin-barman-cloud/cmd/manager",
    buildSeconds: 60,
    purpose: "its plugin for backups, as a local process",
  }),
  "prometheus-operator": tool("prometheus-operator", "0.93.1", {
    package: "github.com/prometheus-operator/prometheus-operator/cmd/operator",
    stamps: ["github.com/prometheus/common/version.Version=0.93.1"],
    versionArgs: ["--version"],
    buildSeconds: 180,
    purpose: "the real Prometheus Operator as a local process",
  }),
  "prometheus-config-reloader": {
    ...tool("prometheus-config-reloader", "0.93.1", {
      package: "github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader",
      stamps: ["github.com/prometheus/common/version.Version=0.93.1"],
      versionArgs: ["--version"],
      buildSeconds: 30,
      purpose: "writes the configuration that Prometheus and Alertmanager read in their pods, on real nodes",
    }),
    module: "prometheus-operator",
  },
  "kube-state-metrics": tool("kube-state-metrics", "2.18.0", {
    package: "k8s.io/kube-state-metrics/v2",
    stamps: ["github.com/prometheus/common/version.Version=v2.18.0"],
    versionArgs: ["version"],
    buildSeconds: 60,
    purpose: "the state of objects as metrics, as a pod of real nodes: what alerts go by",
  }),
  "node-exporter": {
    ...tool("node_exporter", "1.12.1", {
      package: "github.com/prometheus/node_exporter",
      stamps: ["github.com/prometheus/common/version.Version=1.12.1"],
      versionArgs: ["--version"],
      buildSeconds: 30,
      purpose: "metrics of real nodes, as their pod",
    }),
    module: "node-exporter",
  },
  crane: tool("crane", "0.22.1", {
    package: "github.com/google/go-containerregistry/cmd/crane",
    stamps: ["github.com/google/go-containerregistry/cmd/crane/cmd.Version=0.22.1"],
    versionArgs: ["version"],
    buildSeconds: 20,
    purpose: "a registry (`crane registry serve`) for the tests of image signatures",
  }),
  cosign: tool("cosign", "3.1.3", {
    package: "github.com/sigstore/cosign/v3/cmd/cosign",
    stamps: ["sigs.k8s.io/release-utils/version.gitVersion=v3.1.3"],
    versionArgs: ["version"],
    buildSeconds: 300,
    purpose: "signs the images of those tests",
  }),
  kubelet: onNode("kubelet", 55, "real nodes"),
  "kube-proxy": onNode("kube-proxy", 20, "Services on real nodes"),
  kubectl: { ...onNode("kubectl", 30, "commands inside the pods of real nodes"), versionArgs: ["version", "--client"] },
  coredns: {
    ...tool("coredns", "1.13.1", {
      package: "./coredns",
      versionArgs: ["-version"],
      buildSeconds: 60,
      purpose: "cluster DNS as pods of real nodes",
    }),
    module: "kubernetes-node",
  },
  "kube-network-policies": {
    // It prints no version.
    ...tool("kube-network-policies", "0.8.0", {
      package: "sigs.k8s.io/kube-network-policies/cmd",
      buildSeconds: 40,
      purpose: "NetworkPolicy on real nodes",
    }),
    module: "kubernetes-node",
  },
  "node-helper": {
    ...tool("node-helper", "1.0.0", {
      package: ".",
      stamps: ["main.version=1.0.0"],
      versionArgs: ["version"],
      buildSeconds: 10,
      purpose: "our own small programs of a real node: process 1, relay, read-only registry, stand-in containers",
    }),
  },
  runsc: {
    ...tool("runsc", "0.0.0-20260905035102-160fafc42237", {
      package: "gvisor.dev/gvisor/runsc",
      buildSeconds: 240,
      purpose: "gVisor on real nodes",
    }),
    module: "gvisor",
  },
  "containerd-shim-runsc-v1": {
    ...tool("containerd-shim-runsc-v1", "0.0.0-20260905035102-160fafc42237", {
      package: ".",
      buildSeconds: 30,
      purpose: "how containerd starts gVisor",
    }),
    module: "gvisor-shim",
  },
  cyclonus: tool("cyclonus", "0.5.6", {
    package: "github.com/mattfenwick/cyclonus/cmd/cyclonus",
    buildSeconds: 60,
    purpose: "an independent reading of NetworkPolicies, to compare ours with",
  }),
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** What `npm start` and `npm test` need; the rest is built when a benchmark or an extra test asks for it. */
export const DEFAULT_TOOLS: readonly ToolName[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "pulumi",
  "pulumi-resource-kubernetes",
  "kubectl-kyverno",
  "kyverno",
  "helm",
  "kubeconform",
];

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}
