import { RECOVERY_POINT_SECONDS, neededLockDays } from "./archive";
import { alerts } from "./alerts";
import { dashboard } from "./dashboard";
import { drillOf } from "./drill";
import { databaseObjects, databasesOf } from "./objects";
import { settings, type Settings } from "./settings";
import { exemptRights } from "../../exemptions";
import { defineOperator } from "../frame/define";
import { image, type Facts } from "../frame/facts";
import { databaseApps } from "../cloudnative-pg/places";

/** What the suite cannot be told, and what a database cannot be without. */
function problems(given: Settings, { apps, capabilities }: Facts): string[] {
  const asking = databaseApps(apps).map(({ key }) => key);
  const locked = given.lockDays ?? neededLockDays(given);
  const unused = Object.keys({ ...given.sizes, ...given.restored }).filter((app) => !asking.includes(app));
  return [
    ...unused.map(
      (app) =>
        `operators.databases: has an entry for ${app}, whose PostgreSQL is not cnpg in this stack; remove it, or set network.datastores.${app}.postgres`,
    ),
    ...(locked < neededLockDays(given)
      ? [
          `operators.databases.lockDays: ${locked} is less than ${neededLockDays(given)}, for a retention of ${given.retentionDays} days: the last days of a kept backup could be erased. Lock longer, or set retentionDays to ${Math.max(7, locked - 2)}`,
        ]
      : []),
    ...(asking.length > 0 && given.store === undefined
      ? [
          `operators.databases.store: is missing, and ${asking.join(", ")} ${asking.length > 1 ? "are" : "is"} on CloudNativePG: no database without a backup of its own`,
        ]
      : []),
    ...(asking.length > 0 && !capabilities.has("databases")
      ? [
          `operators.databases: needs databases, which nothing in this stack provides. Turn cloudnative-pg on, or install CloudNativePG with the Barman Cloud plugin, for ${asking.join(", ")} to be on it`,
        ]
      : []),
  ];
}

export default defineOperator({
  name: "databases",
  title: `Databases: PostgreSQL of the apps that ask for it, restorable to a second; at most ${RECOVERY_POINT_SECONDS} seconds are lost with all of its servers.`,
  duties: [
    "The bucket: outside the cluster, better in another account and region; versions on; a default retention of its object lock of `lockDays` (compliance mode); encryption; no public access; a rule that removes versions that have not been current for a day after the lock's end. The login of the databases may read, write and delete objects of its folder, and neither versions nor locks: what it deletes, its owner brings back (docs/operations/databases.md).",
    "In the secret store, per app below `mijnbureau/<app>`: the database's password (the property that docs/operations/databases.md names, with the same value that the suite is given), and `backup-access-key` and `backup-secret-key` of the bucket (Azure: `backup-account-key`, Google: `backup-credentials`; none where the instances take a role).",
    "Databases of apps on `bundled` or `external` are not saved by this operator.",
  ],
  enabledByDefault: true,
  settings,
  problems: ({ facts, settings: given }) => problems(given, facts),
  alerts: [alerts],
  dashboards: [dashboard],
  needs: ["cloudnative-pg", "external-secrets", "prometheus"],
  objects: ({ facts, settings: given }) =>
    databasesOf(given, facts.apps).flatMap((database) => databaseObjects(database, given, facts)),
  exemptions: ({ facts, settings: given }) =>
    databasesOf(given, facts.apps).flatMap(({ app, namespace }) =>
      exemptRights(
        ["grant-workload-create"],
        { kind: "Role", namespace, name: drillOf(app) },
        "Makes the copy that a drill brings back; whoever deploys the app may make such Clusters anyway.",
      ),
    ),
  runtimeImages: ({ facts, settings: given }) =>
    databasesOf(given, facts.apps)
      .slice(0, 1)
      .map(() => imageOf(given, facts)),
});

const imageOf = ({ image: name }: Settings, facts: Facts): string => image(facts, name);
