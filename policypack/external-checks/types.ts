/** Scanners and policy libraries whose checks are mapped one by one. */
export const tools = [
  "checkov",
  "datree",
  "gatekeeper",
  "kubeaudit",
  "kubeLinter",
  "kubeScore",
  "kubesec",
  "kubescape",
  "kyverno",
  "polaris",
  "trivy",
] as const;
export type Tool = (typeof tools)[number];

/** Checks that no rule names among its standards. */
export interface Group {
  readonly checks: readonly string[];
  /**
   * Why no rule has the same content. Without a reason the rules judge the same: standards name the tool's main
   * check, and its variants stand here.
   */
  readonly reason?: string;
  /** Rules that judge the same or, beside a reason, catch the same mistake in another way. */
  readonly rules?: readonly string[];
}

/** What is known about the checks of a tool. */
export interface ToolChecks {
  /** The release or commit of the tool that the ids are of. */
  readonly version: string;
  /** Every check that some rule names among its standards. */
  readonly judged: readonly string[];
  /** Every other check. */
  readonly groups: readonly Group[];
  /** Other names of a check, with the check's id. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** The numbers from one to another. */
export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Reasons that hold for several tools. */
export const reason = {
  controlPlane:
    "flags and files of the control plane and kubelet: whoever runs the nodes sets them, and no object of this platform holds them (a CIS node benchmark such as kube-bench reads them)",
  securityContext: "asks that a security context exists, not what it says; the rules on each of its fields ask more",
  apiServerRefuses: "the API server refuses it already",
  duplicatedByAutoscaler:
    "the autoscaler overwrites the field at its next decision: a nuisance on each update, no weakness",
} as const;
