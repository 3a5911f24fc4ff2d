import { text } from "../cel";
import { whenChanged } from "../changed";
import { whoWrites, type Guard, type GuardFacts } from "./guard";

/** Velero's own keys: what is left out of a backup, and commands that run before and after it (Velero docs). */
const VELERO_KEY = "^([-a-z0-9.]+[.])?velero[.]io/";

/** Velero's account writes its keys into whatever it restores, and its rights end at the namespace as the suite's do. */
export const notVelero = {
  name: "not-velero",
  expression: `request.userInfo.username != ${text("system:serviceaccount:velero:velero-server")}`,
};

/** CEL: Velero's keys that the object did not have. Those of a restore stay, whoever changes the object afterwards. */
export const newKeys = (metadata: string): string =>
  `['labels', 'annotations'].exists(map, dyn(${metadata})[?map].orValue({}).exists(key, key.contains("velero.io/") && key.matches(${text(VELERO_KEY)})` +
  ` && (oldObject == null || dyn(oldObject).?metadata[?map][?key] != dyn(${metadata})[?map][?key])))`;

/**
 * What is in a backup, and what runs for it, is the platform's. One schedule serves many apps: a command of one that
 * does not end would hold up the backups of all.
 */
export const backupKeys = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-backup-keys",
  role: "suite",
  resources: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE"] }],
  matchConditions: [
    { name: "has-keys", expression: newKeys("object.?metadata.orValue({})") },
    notVelero,
    whenChanged(
      "object.?metadata.?labels != oldObject.?metadata.?labels || object.?metadata.?annotations != oldObject.?metadata.?annotations",
    ),
  ],
  variables: whoWrites(deployerGroups),
  validations: [
    {
      expression: "!variables.bound",
      message:
        "Labels and annotations of velero.io are the platform's: what is backed up, and how, is decided by the app's backup tier.",
    },
  ],
});
