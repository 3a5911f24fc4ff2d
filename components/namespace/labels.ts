import type { BackupTier, DataClassification } from "../../suite/app";
import { label, podSecurityLabel, type NamespaceRole } from "../../lib/labels";
import { VERSION } from "../../config/version";

export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

export interface NamespaceIdentity {
  readonly role: NamespaceRole;
  /** App key or operator name. */
  readonly component: string;
  readonly owner: string;
  readonly organisation?: string | undefined;
  readonly dataClassification: DataClassification;
  readonly backupTier: BackupTier;
  readonly holdsData: boolean;
  readonly podSecurity: { readonly level: PodSecurityLevel; readonly version: string };
}

/**
 * Labels of every object of ours: the six that Kubernetes recommends ("Recommended Labels") and that MijnBureau's own
 * policy asks for, and the one that the deployer's admission policy goes by.
 */
export const managedLabels: Readonly<Record<string, string>> = {
  "app.kubernetes.io/name": "mijnbureau-platform",
  "app.kubernetes.io/instance": "mijnbureau-platform",
  "app.kubernetes.io/version": VERSION,
  "app.kubernetes.io/component": "platform",
  "app.kubernetes.io/part-of": "mijnbureau-platform",
  "app.kubernetes.io/managed-by": "pulumi",
  [label.managed]: "true",
};

/** Labels of a namespace: who owns it, what it holds, and the three modes of Pod Security admission. */
export function namespaceLabels(identity: NamespaceIdentity): Record<string, string> {
  const { level, version } = identity.podSecurity;
  return {
    ...managedLabels,
    [label.role]: identity.role,
    [label.component]: identity.component,
    [label.owner]: identity.owner,
    ...(identity.organisation === undefined ? {} : { [label.organisation]: identity.organisation }),
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
