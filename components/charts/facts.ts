/** What becomes of Helm hooks that `kubernetes.helm.v4.Chart` drops (it renders with hooks disabled). */
export interface HookAnswer {
  /** Files of the chart that hold hooks, relative to its folder. */
  readonly files: readonly string[];
  readonly answer: "replaced" | "not needed";
  /** What does the hook's work instead, or why nobody has to. */
  readonly by: string;
}

/** Values of a chart, as a plain tree. */
export type ChartValues = { readonly [key: string]: boolean | ChartValues };

/** How the CRDs of a chart are had. */
export type CrdSource =
  /** Plain files below these folders of the chart. */
  | { readonly kind: "files"; readonly folders: readonly string[] }
  /** Templates: Helm renders them once, with these values. The same switches are off when the chart is installed. */
  | { readonly kind: "templates"; readonly values: ChartValues }
  /** None is installed. */
  | { readonly kind: "none"; readonly reason: string };

/** What the program counts on in one pinned chart. */
export interface ChartFacts {
  /** Entry of charts.lock.json. */
  readonly entry: string;
  /** Every file with Helm hooks. `npm run charts -- hooks` compares it with the chart in the cache. */
  readonly hooks: readonly HookAnswer[];
  readonly crds: CrdSource;
  /**
   * Values keys that the operator sets on purpose although nothing in the chart's render depends on them, each with the
   * reason. Any other key without effect is a failure of `npm run charts -- values`.
   */
  readonly inertKeys?: Readonly<Record<string, string>>;
}

export const helmTest = (...files: string[]): HookAnswer => ({
  files,
  answer: "not needed",
  by: "A `helm test` pod with an image of its own; the platform's tests and alerts look at the running component instead.",
});

export const ownFolder: CrdSource = { kind: "files", folders: ["crds"] };
export const crdsSubchart: CrdSource = { kind: "files", folders: ["charts/crds/crds"] };
export const noKind: CrdSource = { kind: "none", reason: "The chart brings no kind of its own." };

/** Why a key that changes nothing is set all the same. */
export const inert = {
  skippedCrds: "CRDs are left out of the render as a whole; the key keeps them out of any other render too.",
  gated: "Needs an API of the cluster that a render does not see; off whatever the render sees.",
  repeatsDefault: "The chart compares it with other names only; written down because the nodes depend on it.",
  hookOnly:
    "Read by Helm hooks only, which are never run; keeps them harmless, and on the mirror, in any other render.",
  implied: "Implied by another key of ours today; stated so that a change of that key cannot turn it around.",
  loader: "Read only with the driver loader, which is off; keeps a later switch on the mirror.",
} as const;
