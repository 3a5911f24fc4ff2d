import { UserError } from "../../../lib/errors";
import { named, type Change } from "./change";

/** Stack files to start from, those of this region with that one for its backups. */
const FROM = { region: "nl-west", backup: "nl-north" } as const;
const ENVIRONMENTS = ["acc", "prod"] as const;

/** A region: its facts, and a stack file for each environment that users have. */
export function newRegion(
  name: string,
  backup: string,
  regions: readonly string[],
  read: (file: string) => string,
): Change {
  const region = named("region", name);
  if (regions.includes(region)) throw new UserError(`region "${region}": is in config/region-facts.json already`);
  if (!regions.includes(backup)) {
    throw new UserError(`--backup "${backup}": is no region; write one of ${regions.join(", ")}`);
  }
  const own: Readonly<Record<string, string>> = { [FROM.region]: region, [FROM.backup]: backup };
  const renamed = (text: string): string => text.replace(/nl-(west|north)/g, (found) => own[found] ?? found);
  // No other region keeps its second copy in one that is new.
  const withoutReceived = (text: string): string => text.replace(/^ {6}received:\n(?: {8}.*\n)+/m, "");
  return {
    files: Object.fromEntries(
      ENVIRONMENTS.map((environment) => [
        `Pulumi.${environment}-${region}.yaml`,
        withoutReceived(renamed(read(`Pulumi.${environment}-${FROM.region}.yaml`))),
      ]),
    ),
    edits: { "config/region-facts.json": (text) => text.replace(/\n\}\s*$/, `,\n${entry(region, backup)}}\n`) },
    next: [
      "config/region-facts.json: title and zones, as the provider names them",
      `Pulumi.{${ENVIRONMENTS.join(",")}}-${region}.yaml: addresses, buckets, provider and key of the secrets`,
    ],
  };
}

const entry = (region: string, backup: string): string =>
  [
    `  "${region}": {`,
    `    "title": "${region}",`,
    `    "zones": ["${region}-1", "${region}-2", "${region}-3"],`,
    `    "backupRegion": "${backup}"`,
    "  }",
    "",
  ].join("\n");
