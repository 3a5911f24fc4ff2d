import type { BackupTier, DataClassification } from "../../config/apps";
import { label, podSecurityLabel, type NamespaceRole } from "../../config/labels";

export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

export interface NamespaceIdentity {
  readonly role: NamespaceRole;
  /** App key or operator name. */
  readonly component: string;
  readonly owner: string;
  readonly dataClassification: DataClassification;
  readonly backupTier: BackupTier;
  readonly holdsData: boolean;
  readonly podSecurity: { readonly level: PodSecurityLevel; readonly version: string };
}

/** Labels of a namespace: who owns it, what it holds, and the three modes of Pod Security admission. */
export function namespaceLabels(identity: NamespaceIdentity): Record<string, string> {
  const { level, version } = identity.podSecurity;
  return {
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "mijnbureau-platform",
    [label.managed]: "true",
    [label.role]: identity.role,
    [label.component]: identity.component,
    [label.owner]: identity.owner,
    [label.dataClassification]: identity.dataClassification,
    [label.backupTier]: identity.backupTier,
    [label.monitoring]: "true",
    ...(identity.holdsData ? { [label.holdsData]: "true" } : {}),
    [podSecurityLabel.enforce]: level,
    [podSecurityLabel.enforceVersion]: version,
    [podSecurityLabel.audit]: level,
    [podSecurityLabel.auditVersion]: version,
    [podSecurityLabel.warn]: level,
    [podSecurityLabel.warnVersion]: version,
  };
}

/** Labels of every other object of ours; the deployer's admission policy refuses to touch what carries them. */
export const managedLabels: Readonly<Record<string, string>> = {
  "app.kubernetes.io/managed-by": "pulumi",
  "app.kubernetes.io/part-of": "mijnbureau-platform",
  [label.managed]: "true",
};
