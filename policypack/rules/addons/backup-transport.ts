import { rule } from "../../engine/rule";

/** Backups travel over verified TLS. */
export const backupTransport = rule({
  id: "addons/backup-transport",
  severity: "high",
  title: "Backups travel over verified TLS",
  why: "A backup holds every Secret of its namespaces; who reads or replaces it on the way owns the cluster.",
  standards: { iso27002: ["8.13", "8.24"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["velero.io/BackupStorageLocation"],
  valid: `!object.spec.?config.?s3Url.orValue("").startsWith("http:") && object.spec.?config.?insecureSkipTLSVerify.orValue("") != "true"`,
  message: "sends backups without verified TLS",
  field: "spec.config",
  remedy: "Use an https URL, and caCertRef instead of insecureSkipTLSVerify.",
});
