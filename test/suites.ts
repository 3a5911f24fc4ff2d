import { tmpdir } from "node:os";
import { GVISOR } from "../embedded/nodes/config";
import { HEAVY_IMAGE_TOOLS, IMAGE_TOOLS } from "../embedded/nodes/images";
import { whyNoNodes } from "../embedded/nodes/machine";
import { NODE_TOOLS } from "../embedded/nodes/specs";
import { DEFAULT_TOOLS, type ToolName } from "../embedded/toolchain";

/** Tests that run together. */
export interface Suite {
  readonly what: string;
  /** Built, or found, before the tests begin: no test builds a tool itself. */
  readonly tools: readonly ToolName[];
  /** Whether what takes minutes is tried too. */
  readonly long?: boolean;
  /** Files, and folders with all tests below them. */
  readonly files: readonly string[];
}

const ofNodes: readonly ToolName[] = [...NODE_TOOLS, "kubectl", ...IMAGE_TOOLS];
/** Where a machine cannot carry real nodes, their tests are left out and nothing is built for them. */
const nodeTools = whyNoNodes(tmpdir()) === undefined ? ofNodes : [];

/** By the name that follows `npm run test:`; `npm test` alone is `all`. */
export const suites = {
  all: { what: "everything", tools: [...DEFAULT_TOOLS, "promtool", "amtool", ...nodeTools], files: ["test"] },
  controllers: {
    what: "real controllers as local processes on an embedded cluster",
    tools: [
      ...DEFAULT_TOOLS,
      "velero",
      "velero-plugin-for-aws",
      "weed",
      "external-secrets",
      "cloudnative-pg",
      "barman-cloud-plugin",
      "kyverno-background-controller",
      "kyverno-cleanup-controller",
      "crane",
      "cosign",
      "prometheus-operator",
      "prometheus",
      "promtool",
      "amtool",
    ],
    files: ["test/controllers"],
  },
  data: {
    what: "loss tried for real: backups, restores, databases, two regions",
    tools: [...DEFAULT_TOOLS, "velero", "velero-plugin-for-aws", "weed", "promtool"],
    files: ["test/data"],
  },
  node: {
    what: "real nodes: containers run, packets flow (Linux, root)",
    tools: [...DEFAULT_TOOLS, ...ofNodes, ...HEAVY_IMAGE_TOOLS, ...Object.values(GVISOR), "weed"],
    long: true,
    files: ["test/node"],
  },
  "data-long": {
    what: "a database of a gigabyte, destroyed at twenty moments: hours",
    tools: ["weed"],
    files: ["test/data/postgresql-long.ts"],
  },
  switches: {
    what: "every operator switched off and on in a running stack: hours",
    tools: DEFAULT_TOOLS,
    files: ["test/switches/each-operator.ts"],
  },
} as const satisfies Readonly<Record<string, Suite>>;

/** Folders and files that are not among the fast tests, each with what it needs. All others are. */
export const notFast: Readonly<Record<string, string>> = {
  "test/attacks": "an API server",
  "test/cli/verify/embedded.test.ts": "an API server",
  "test/cli/verify/reachability-differential.test.ts": "a Go program, which it builds",
  "test/cli/pipelines.test.ts": "Helm and the real charts",
  "test/cli/report/stacks.test.ts": "Helm and the real charts",
  "test/components/reach.test.ts": "Helm and the real charts",
  "test/conformance": "minutes, for thousands of objects of other projects",
  "test/controllers": "an API server and the controllers",
  "test/data": "an API server, databases and an object store",
  "test/handover": "a checkout of the suite, and its helmfile",
  "test/embedded": "an API server, or Go",
  "test/node": "Linux, root and real nodes",
  "test/fuzz": "minutes, for thousands of drawn objects",
  "test/tools/development.test.ts": "minutes: it runs every command of the guide",
  "test/tools/new.test.ts": "minutes: it makes one of each kind in a copy, and runs the tests that concern them there",
  "test/tools/release.test.ts": "a compiled program, and npm",
  "test/policypack/pod-security.test.ts": "a Go module, which it fetches",
};

/** Whether a test file runs with nothing but Node.js, in seconds. */
export function isFast(file: string): boolean {
  return !Object.keys(notFast).some((slow) => file === slow || file.startsWith(`${slow}/`));
}
