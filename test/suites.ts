import { DEFAULT_TOOLS, type ToolName } from "../embedded/toolchain";

/** Tests that run together. */
export interface Suite {
  readonly what: string;
  /** Built, or found, before the tests begin: no test builds a tool itself. */
  readonly tools: readonly ToolName[];
  /** Files, and folders with all tests below them. */
  readonly files: readonly string[];
}

/** By the name that follows `npm run test:`; `npm test` alone is `all`. */
export const suites = {
  all: { what: "everything", tools: [...DEFAULT_TOOLS, "promtool", "amtool"], files: ["test"] },
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
  "test/components/reach.test.ts": "Helm and the real charts",
  "test/conformance": "minutes, for thousands of objects of other projects",
  "test/controllers": "an API server and the controllers",
  "test/data": "an API server, databases and an object store",
  "test/embedded": "an API server, or Go",
  "test/fuzz": "minutes, for thousands of drawn objects",
  "test/tools/development.test.ts": "minutes: it runs every command of the guide",
  "test/tools/release.test.ts": "a compiled program, and npm",
  "test/policypack/pod-security.test.ts": "a Go module, which it fetches",
};

/** Whether a test file runs with nothing but Node.js, in seconds. */
export function isFast(file: string): boolean {
  return !Object.keys(notFast).some((slow) => file === slow || file.startsWith(`${slow}/`));
}
