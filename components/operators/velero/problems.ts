import type { Facts } from "../frame/facts";
import { drilledApps } from "./drill";
import { identityProblems, placesOf, receivedFrom, type Located } from "./locations";
import type { Drill } from "./settings";

export interface Checked extends Located {
  readonly repositoryPassword: "drawn" | "store";
  readonly drill?: Drill | undefined;
}

/** What is wrong with the settings in this stack. */
export function veleroProblems(facts: Facts, settings: Checked): string[] {
  return [
    ...locationProblems(settings),
    ...receivedProblems(facts, settings),
    ...identityProblems(placesOf(settings)),
    ...(settings.drill === undefined ? [] : drillProblems(facts, settings.drill)),
  ];
}

function drillProblems({ apps }: Facts, { apps: named }: Drill): string[] {
  const drilled = apps.filter(({ backupTier }) => backupTier !== "none").map(({ key }) => key);
  const todo = `name one that has: ${drilled.join(", ")}`;
  const wrong = named.flatMap((key) => {
    const app = apps.find((each) => each.key === key);
    if (app === undefined)
      return [`operators.velero.drill.apps: ${key} is off in this stack and has no backups; ${todo}`];
    return app.backupTier === "none" ? [`operators.velero.drill.apps: ${key} has the backup tier none; ${todo}`] : [];
  });
  if (wrong.length > 0 || drilledApps(apps, { apps: named }).length > 0) return wrong;
  return ["operators.velero.drill: no app of this stack holds data and has backups; remove the key"];
}

/** A copy in the region of the first goes with it. */
function locationProblems({ storage, secondary }: Located): string[] {
  if (secondary === undefined || secondary.location.region !== storage.region) return [];
  return [
    `operators.velero.secondary.location.region: ${storage.region} is the primary's region, and the copy goes with it; name another`,
  ];
}

function receivedProblems(facts: Facts, settings: Checked): string[] {
  const { received } = settings;
  if (received === undefined) return [];
  const from = receivedFrom(facts.region);
  const key = "operators.velero.received";
  return [
    ...(from.length === 0
      ? [`${key}: no region of config/region-facts.json has ${facts.region} as its backupRegion; remove the key`]
      : []),
    ...(from.length > 1 && received.prefix !== ""
      ? [`${key}.prefix: ${from.join(" and ")} keep their copies here, each in its own folder; remove the key`]
      : []),
    ...(received.prefix === "" && facts.organisation === undefined
      ? [
          `organisation: is required with ${key}: the copies of ${from.join(", ")} are found by it; example: gemeente-voorbeeld`,
        ]
      : []),
    ...(settings.repositoryPassword === "store"
      ? []
      : [
          `operators.velero.repositoryPassword: "drawn" differs from region to region, and no copy could be read; write store, and put one value into each region's secret store (docs/operations/disaster.md)`,
        ]),
  ];
}
