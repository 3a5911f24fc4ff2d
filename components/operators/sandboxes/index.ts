import { z } from "zod";
import { labels } from "../../../config/fields";
import type { Manifest } from "../../kubernetes-object";
import { managedLabels } from "../../namespace/labels";
import { defineOperator } from "../frame/define";

export interface Sandbox {
  readonly runtimeClass: string;
  /** What the container runtime of the nodes calls it; the preflight looks for it on the nodes. */
  readonly handler: string;
  /** Nodes that have it. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** What the sandbox itself costs per pod. */
  readonly overhead: { readonly cpu: string; readonly memory: string };
}

/** Sandboxes by the name that an app's `runtimeClass` uses. */
export const sandboxes = {
  gvisor: {
    runtimeClass: "gvisor",
    handler: "runsc",
    nodeSelector: { "mijnbureau-platform/runtime-gvisor": "true" },
    overhead: { cpu: "50m", memory: "64Mi" },
  },
  kata: {
    runtimeClass: "kata-qemu",
    handler: "kata-qemu",
    nodeSelector: { "katacontainers.io/kata-runtime": "true" },
    overhead: { cpu: "250m", memory: "320Mi" },
  },
  "confidential-snp": {
    runtimeClass: "kata-qemu-snp",
    handler: "kata-qemu-snp",
    nodeSelector: { "mijnbureau-platform/tee": "true", "amd.feature.node.kubernetes.io/snp": "true" },
    overhead: { cpu: "1", memory: "2048Mi" },
  },
  "confidential-tdx": {
    runtimeClass: "kata-qemu-tdx",
    handler: "kata-qemu-tdx",
    nodeSelector: { "mijnbureau-platform/tee": "true", "intel.feature.node.kubernetes.io/tdx": "true" },
    overhead: { cpu: "1", memory: "2048Mi" },
  },
} as const satisfies Record<string, Sandbox>;

function runtimeClass({ runtimeClass: name, handler, nodeSelector, overhead }: Sandbox): Manifest {
  return {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name, labels: managedLabels },
    handler,
    overhead: { podFixed: overhead },
    scheduling: { nodeSelector },
  };
}

export default defineOperator({
  name: "sandboxes",
  title:
    "Sandboxes: RuntimeClasses for gVisor, Kata Containers and confidential containers, on the nodes that have them.",
  duties: [
    "Nodes have the runtime and carry the label that the RuntimeClass selects: runsc and its containerd shim for gVisor; virtualisation for Kata; SEV-SNP or TDX, and an attestation service, for confidential containers.",
  ],
  enabledByDefault: true,
  settings: {
    offer: z
      .array(z.enum(["gvisor", "kata", "confidential-snp", "confidential-tdx"]))
      .default(["gvisor"])
      .describe(
        "Sandboxes that nodes have, or that kata-deploy and confidential-containers install on them; with kata-deploy on, leave `kata` to it.",
      ),
    nodeSelectors: z
      .partialRecord(z.enum(["gvisor", "kata", "confidential-snp", "confidential-tdx"]), labels)
      .default({})
      .describe("Other labels of the nodes that have a sandbox, by its name, e.g. of a provider's node pool."),
  },
  needs: [],
  objects: ({ settings }) =>
    settings.offer.map((name) => {
      const sandbox: Sandbox = sandboxes[name];
      return runtimeClass({ ...sandbox, nodeSelector: settings.nodeSelectors[name] ?? sandbox.nodeSelector });
    }),
});
