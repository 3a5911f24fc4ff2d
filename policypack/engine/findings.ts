import type { Exemption } from "../../config/policies";
import type { Level, Severity, Standards } from "./rule";
import type { Origin } from "./stack";

/** What the engine has to say about one subject and one rule. Silence means that the norm is met. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly level: Exclude<Level, "off">;
  readonly decision: "violated" | "undecided" | "exempt";
  readonly apiVersion: string;
  /** Kind without its group. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container?: string;
  /** Path of the judged field in the object. */
  readonly path: string;
  /** One sentence: object, container, what is wrong. */
  readonly message: string;
  readonly remedy: string;
  readonly title: string;
  readonly standards: Standards;
  readonly origin: Origin;
  readonly exemption?: Exemption;
  /** What is wrong, value by value: two findings of one rule on one subject differ by these. Worked out when asked for. */
  readonly values: () => readonly string[];
}

/** "Deployment shop/web, container main" */
export function subjectName(finding: Pick<Finding, "kind" | "namespace" | "name" | "container">): string {
  const object = `${finding.kind} ${finding.namespace === "" ? "" : `${finding.namespace}/`}${finding.name || "(no name)"}`;
  return finding.container === undefined ? object : `${object}, container ${finding.container}`;
}
