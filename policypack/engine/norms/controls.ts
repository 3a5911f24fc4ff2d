import type { RuleText } from "../rule";
import { bio2, bio2Measures } from "./bio2";
import { nis2, nis2OfControl, nis2Points } from "./nis2";

/** A place in a norm. */
export interface Control {
  readonly norm: string;
  /** By the norm's own numbers. */
  readonly control: string;
  /** What it asks, where the number alone does not say. */
  readonly asks?: string;
}

/** The norms that rules stand on, in the order of the report; each number is its own norm's. */
export const norms = {
  bio2: bio2.name,
  iso: "ISO/IEC 27002:2022",
  nis2: nis2.name,
  cis: "CIS Kubernetes Benchmark 1.12",
  nsa: "NSA/CISA Kubernetes Hardening Guidance 1.2",
  pss: "Pod Security Standards",
} as const;

/** Chapters of the guidance by area of rules. */
const nsaChapters: Readonly<Record<string, string>> = {
  "pod-security": "Kubernetes Pod security",
  workload: "Kubernetes Pod security",
  images: "Kubernetes Pod security",
  storage: "Kubernetes Pod security",
  network: "Network separation and hardening",
  exposure: "Network separation and hardening",
  namespaces: "Network separation and hardening",
  secrets: "Network separation and hardening",
  availability: "Network separation and hardening",
  identity: "Authentication and authorization",
  addons: "Audit logging and threat detection",
  stack: "Audit logging and threat detection",
};

/** Rules whose chapter is not their area's. */
const nsaExceptions: Readonly<Record<string, string>> = {
  "stack/isolated-pods": "Network separation and hardening",
  "addons/trivy-scanners": "Upgrading and application security practices",
};

/** Whether a rule is among those that a mapping names. */
export function named(patterns: readonly string[], id: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith("/*") ? id.startsWith(pattern.slice(0, -1)) : pattern === id));
}

/** Every place in a norm that a rule gives evidence for. */
export function controlsOf({ id, standards }: Pick<RuleText, "id" | "standards">): readonly Control[] {
  const { pss, cis = [], nsa = false, iso27002 = [] } = standards;
  const points = new Set(iso27002.flatMap((control) => nis2OfControl[control] ?? []));
  const [area = ""] = id.split("/");
  const chapter = nsaExceptions[id] ?? nsaChapters[area];
  return [
    ...bio2Measures
      .filter(({ rules }) => named(rules, id))
      .map(({ measure, asks }) => ({ norm: norms.bio2, control: measure, asks })),
    ...iso27002.map((control) => ({ norm: norms.iso, control })),
    ...[...points].map((point) => ({ norm: norms.nis2, control: point, asks: nis2Points[point] })),
    ...cis.map((control) => ({ norm: norms.cis, control })),
    ...(nsa ? [{ norm: norms.nsa, control: chapter ?? "Introduction" }] : []),
    ...(pss === undefined ? [] : [{ norm: norms.pss, control: pss }]),
  ];
}
