/** The one prefix of labels and annotations that belong to the platform. */
export const PREFIX = "mijnbureau-platform/";

/** Labels the platform sets. Everything that selects on a label takes its name from here. */
export const label = {
  /** "true" on every object that the platform owns; the suite's deployer may not touch these. */
  managed: `${PREFIX}managed`,
  /** On namespaces: `suite` (an app of MijnBureau) or `operator` (part of the supporting stack). */
  role: `${PREFIX}role`,
  /** On namespaces: key of the app (`nextcloud`) or name of the operator (`kyverno`). */
  component: `${PREFIX}component`,
  owner: `${PREFIX}owner`,
  /** On namespaces: whose platform it is, where the stack says so. */
  organisation: `${PREFIX}organisation`,
  dataClassification: `${PREFIX}data-classification`,
  backupTier: `${PREFIX}backup-tier`,
  /** "true" on namespaces whose monitors and rules Prometheus reads. */
  monitoring: `${PREFIX}monitoring`,
  /** "true" on namespaces that hold data: deletion is refused at admission. */
  holdsData: `${PREFIX}holds-data`,
} as const;

export type NamespaceRole = "suite" | "operator";

/** Set by the API server on every namespace (Kubernetes, "Well-Known Labels, Annotations and Taints"). */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

/** Pod Security admission labels (Kubernetes, "Pod Security Admission"). */
export const podSecurityLabel = {
  enforce: "pod-security.kubernetes.io/enforce",
  enforceVersion: "pod-security.kubernetes.io/enforce-version",
  audit: "pod-security.kubernetes.io/audit",
  auditVersion: "pod-security.kubernetes.io/audit-version",
  warn: "pod-security.kubernetes.io/warn",
  warnVersion: "pod-security.kubernetes.io/warn-version",
} as const;
