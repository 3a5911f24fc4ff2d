import { rule } from "../../engine/rule";
import { notBootstrapped, notGranted, roleKinds, writeVerbs } from "./_rbac";

/** Roles do not allow changing secret stores or what is read from them. */
export const grantSecretStoreWrite = rule({
  id: "identity/grant-secret-store-write",
  severity: "high",
  title: "Roles do not allow changing secret stores or what is read from them",
  why: "An ExternalSecret reads whatever the store's own identity may read, into a Secret of the caller; a PushSecret writes the other way.",
  standards: { iso27002: ["5.15", "5.18", "8.2"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "object",
  kinds: roleKinds,
  when: notBootstrapped,
  valid: notGranted({
    apiGroups: ["external-secrets.io", "generators.external-secrets.io"],
    resources: [
      "clustersecretstores",
      "secretstores",
      "clusterexternalsecrets",
      "externalsecrets",
      "pushsecrets",
      "clusterpushsecrets",
    ],
    verbs: writeVerbs,
  }),
  message: "allows reading or writing the secret store through its operator",
  field: "rules",
  remedy:
    "Give this right only to who needs it, on named objects (resourceNames) where that is possible; let the platform make these objects.",
});
