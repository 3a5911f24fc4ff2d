import { rule } from "../../engine/rule";

/** Secrets reach containers as files, not as environment variables. */
export const environmentFromSecret = rule({
  id: "secrets/environment-from-secret",
  severity: "low",
  title: "Secrets reach containers as files, not as environment variables",
  why: "Environment variables end up in crash reports, child processes and the output of debuggers, and keep the old value after a rotation.",
  standards: {
    cis: ["5.4.1"],
    iso27002: ["8.24", "5.17"],
    checkov: ["CKV_K8S_35"],
    kubeLinter: ["read-secret-from-env-var"],
    kyverno: ["disallow-secrets-from-env-vars"],
    kubescape: ["C-0207"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "container",
  valid: `container.?env.orValue([]).all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef)) && container.?envFrom.orValue([]).all(e, !has(e.secretRef))`,
  message: "reads a Secret into its environment",
  field: "env",
  remedy: "Mount the Secret as a volume and let the application read the file.",
});
