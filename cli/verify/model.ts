import type { AppKey } from "../../suite/apps";

/** Why something is as it is, where that is known: a defect of MijnBureau itself, with its evidence. */
export interface Explanation {
  readonly why: string;
  readonly source: string;
}

export type ProblemKind = "refused" | "pods refused" | "not ready" | "dangling reference";

export interface Problem {
  readonly kind: ProblemKind;
  readonly text: string;
  /** Absent: nobody knows yet, which fails the verification. */
  readonly explanation?: Explanation | undefined;
}

/** Whether the API server took something. */
export type Admission = "admitted" | "refused";

export interface WorkloadRow {
  readonly app: AppKey;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** The workload object itself. */
  readonly object: Admission;
  /** Its pods, by submitting one as a dry run. */
  readonly pods: Admission | "not tried";
  /** `2/2`, `completed`, `on schedule`, … */
  readonly state: string;
  readonly problems: readonly Problem[];
}

/** An object that is no workload, and was refused or points nowhere. */
export interface ObjectRow {
  readonly app: AppKey | undefined;
  readonly namespace: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly problem: Problem;
}

export interface FlowRow {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
  /** `absent`: one of the ends is not part of what was given, or the stack has no such service. */
  readonly verdict: "allowed" | "blocked" | "absent";
  readonly why: string;
  readonly source: string;
  /** Pairs of workloads that cannot connect, and which side stops them. */
  readonly blocked: readonly string[];
}

export interface BeyondRow {
  readonly from: readonly string[];
  readonly to: string;
  /** Everything that is reachable and that no flow needs. */
  readonly ports: string;
  /** The part of it that containers declare to listen on. */
  readonly listening: string;
  /** `suite`: MijnBureau's own policies allow it. `platform`: the platform's do, or none selects the pod. */
  readonly cause: "suite" | "platform";
  readonly policies: readonly string[];
  readonly explanation?: Explanation | undefined;
}

export interface Report {
  readonly server: string;
  readonly stack: string;
  readonly objects: { readonly given: number; readonly admitted: number };
  readonly workloads: readonly WorkloadRow[];
  readonly otherObjects: readonly ObjectRow[];
  readonly flows: readonly FlowRow[];
  readonly beyond: readonly BeyondRow[];
  /** Files that could not be read, documents without a namespace to go to, stand-ins, … */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}
