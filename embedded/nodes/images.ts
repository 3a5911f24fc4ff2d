import type { ToolName } from "../toolchain";
import { INSIDE } from "./layout";

/** An image that is made from a real program, under upstream's name. */
export interface RealImage {
  /** Upstream's name with its registry, without tag. */
  readonly name: string;
  readonly tool: ToolName;
  /** Where upstream's image has the program. */
  readonly path: string;
  readonly entrypoint: readonly string[];
  readonly user: string;
}

/** Made by ko, which names program and folder so (https://ko.build/). */
function kyverno<T extends ToolName>(name: string, tool: T) {
  const path = `/ko-app/${name}`;
  return { name: `reg.kyverno.io/kyverno/${name}`, tool, path, entrypoint: [path], user: "65532:65532" };
}

/**
 * Images with their real program. Every other name is answered with the stand-in; a real one more is one entry here,
 * and its tool in embedded/toolchain/table.ts.
 */
export const REAL_IMAGES = [
  {
    name: "registry.k8s.io/coredns/coredns",
    tool: "coredns",
    path: "/coredns",
    entrypoint: ["/coredns"],
    user: "65532:65532",
  },
  kyverno("kyverno", "kyverno"),
  kyverno("background-controller", "kyverno-background-controller"),
] as const satisfies readonly RealImage[];

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
    ...images.map(({ name, tool, path, entrypoint, user }) => ({
      name,
      files: { [path]: `${INSIDE.bin}/${tool}` },
      folders: [],
      entrypoint,
      user,
    })),
  ];
}

/** Whether a container's image, with its tag, has its real program. */
export const isReal = (image: string): boolean =>
  REAL_IMAGES.some(({ name }) => image.startsWith(`${name}:`) || image.startsWith(`${name}@`));

/** Which images are real and which stand in, for reports. */
export const imagesTable = (images: readonly RealImage[]): readonly string[] => [
  ...images.map(({ name, tool }) => `real      ${name} (${tool})`),
  "STAND-IN  every other image: listens on the declared ports, answers probes, runs as the workload says",
];
