import type { ToolName } from "../toolchain";
import { INSIDE } from "./layout";

/** An image that is made from a real program, under upstream's name. */
export interface RealImage {
  /** Upstream's name with its registry, without tag. */
  readonly name: string;
  /** Its programs, by where upstream's image has them. */
  readonly programs: Readonly<Record<string, ToolName>>;
  /** Takes minutes to build: real where its programs are there already, a stand-in elsewhere. */
  readonly heavy?: boolean;
  readonly entrypoint: readonly string[];
  readonly user: string;
}

/** Made by ko, which names program and folder so (https://ko.build/). */
function kyverno(name: string, tool: ToolName): RealImage {
  const path = `/ko-app/${name}`;
  const programs = { [path]: tool };
  return { name: `reg.kyverno.io/kyverno/${name}`, programs, entrypoint: [path], user: "65532:65532" };
}

/** An image of one program, which runs as upstream's nobody. */
function single(name: string, path: string, tool: ToolName): RealImage {
  return { name, programs: { [path]: tool }, heavy: true, entrypoint: [path], user: "65534:65534" };
}

/** From a target's metrics to whoever is told. Dockerfiles of these projects. */
export const MONITORING_IMAGES: readonly RealImage[] = [
  single("quay.io/prometheus-operator/prometheus-operator", "/bin/operator", "prometheus-operator"),
  single(
    "quay.io/prometheus-operator/prometheus-config-reloader",
    "/bin/prometheus-config-reloader",
    "prometheus-config-reloader",
  ),
  single("quay.io/prometheus/prometheus", "/bin/prometheus", "prometheus"),
  single("quay.io/prometheus/alertmanager", "/bin/alertmanager", "alertmanager"),
  single("registry.k8s.io/kube-state-metrics/kube-state-metrics", "/kube-state-metrics", "kube-state-metrics"),
  single("quay.io/prometheus/node-exporter", "/bin/node_exporter", "node-exporter"),
];

/**
 * Images with their real program. Every other name is answered with the stand-in; a real one more is one entry here,
 * and its tool in embedded/toolchain/table.ts.
 */
export const REAL_IMAGES: readonly RealImage[] = [
  {
    name: "registry.k8s.io/coredns/coredns",
    programs: { "/coredns": "coredns" },
    entrypoint: ["/coredns"],
    user: "65532:65532",
  },
  kyverno("kyverno", "kyverno"),
  kyverno("background-controller", "kyverno-background-controller"),
  { ...kyverno("cleanup-controller", "kyverno-cleanup-controller"), heavy: true },
  { ...kyverno("reports-controller", "kyverno-reports-controller"), heavy: true },
  single("registry.k8s.io/metrics-server/metrics-server", "/metrics-server", "metrics-server"),
  ...MONITORING_IMAGES,
  {
    name: "registry.k8s.io/kubectl",
    programs: { "/bin/kubectl": "kubectl" },
    entrypoint: ["/bin/kubectl"],
    user: "65532:65532",
  },
  {
    name: "docker.io/velero/velero",
    programs: { "/velero": "velero", "/velero-restore-helper": "velero-restore-helper" },
    heavy: true,
    entrypoint: [],
    user: "1002:1000",
  },
  {
    name: "docker.io/velero/velero-plugin-for-aws",
    programs: { "/plugins/velero-plugin-for-aws": "velero-plugin-for-aws", "/bin/cp-plugin": "cp-plugin" },
    heavy: true,
    entrypoint: ["/bin/cp-plugin", "/plugins/velero-plugin-for-aws", "/target/velero-plugin-for-aws"],
    user: "65532:65532",
  },
];

/** What is built before nodes start; of heavy images, what somebody has built already is used. */
export const IMAGE_TOOLS = toolsOf(REAL_IMAGES.filter(({ heavy = false }) => !heavy));
export const HEAVY_IMAGE_TOOLS = toolsOf(REAL_IMAGES.filter(({ heavy = false }) => heavy));

export function toolsOf(images: readonly RealImage[]): readonly ToolName[] {
  return [...new Set(images.flatMap(({ programs }) => Object.values(programs)))];
}

/** An entry of the registry's table (embedded/toolchain/node-helper/registry.go). */
export interface ServedImage {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly folders: readonly string[];
  readonly entrypoint: readonly string[];
  readonly user: string;
}

const HELPER = `${INSIDE.bin}/node-helper`;

/** What the registry serves: pause, real programs, and the stand-in for everything else. */
export function servedImages(images: readonly RealImage[]): readonly ServedImage[] {
  return [
    {
      name: "registry.k8s.io/pause",
      files: { "/pause": HELPER },
      folders: [],
      entrypoint: ["/pause"],
      user: "65535:65535",
    },
    {
      name: "*",
      files: { "/stand-in": HELPER },
      // Folders that workloads mount volumes into are made by the runtime.
      folders: [],
      // Until the runtime gives it the command of its workload.
      entrypoint: ["/stand-in", "unset"],
      user: "65532:65532",
    },
    ...images.map(({ name, programs, entrypoint, user }) => ({
      name,
      files: Object.fromEntries(Object.entries(programs).map(([path, tool]) => [path, `${INSIDE.bin}/${tool}`])),
      folders: [],
      entrypoint,
      user,
    })),
  ];
}

/** Whether a container's image, with its tag, has its real program. */
export const isReal = (image: string, images: readonly RealImage[]): boolean =>
  images.some(({ name }) => image.startsWith(`${name}:`) || image.startsWith(`${name}@`));

/** Which images are real and which stand in, for reports. */
export const imagesTable = (images: readonly RealImage[]): readonly string[] => [
  ...images.map(({ name, programs }) => `real      ${name} (${Object.values(programs).join(", ")})`),
  "STAND-IN  every other image: listens on the declared ports, answers probes, runs as the workload says",
];
