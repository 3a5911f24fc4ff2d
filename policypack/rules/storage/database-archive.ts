import { rule } from "../../engine/rule";

/** A database archives its write-ahead log to a store outside of it: by a plugin, or by the operator's own means. */
export const databaseArchive = rule({
  id: "storage/database-archive",
  severity: "critical",
  title: "Databases archive their write-ahead log",
  why: "Replicas repeat a deleted table within the second. Without an archive there is nothing to go back to, and with the last volume everything is gone.",
  standards: { iso27002: ["8.13", "5.29"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: ["postgresql.cnpg.io/Cluster"],
  // CloudNativePG API reference: PluginConfiguration, BackupConfiguration.
  valid: `object.spec.?plugins.orValue([]).exists(plugin,
  plugin.?isWALArchiver.orValue(false) && plugin.?enabled.orValue(true)) ||
object.spec.?backup.?barmanObjectStore.?destinationPath.orValue("") != ""`,
  message: "archives its write-ahead log nowhere",
  field: "spec.plugins",
  remedy:
    "Name the Barman Cloud plugin in spec.plugins, with isWALArchiver: true and the ObjectStore in its parameters.",
});
