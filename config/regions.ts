import { z } from "zod";
import data from "./region-facts.json";

/** Facts about a region that every environment in it shares. A new region is one entry in region-facts.json and its stack files. */
const region = z.strictObject({
  title: z.string().min(1),
  /** Values of `topology.kubernetes.io/zone`; replicas spread over them. */
  zones: z.array(z.string().min(1)).min(1),
  /** The region that holds the second copy of the backups. */
  backupRegion: z.string().min(1),
});

export type Region = Readonly<z.infer<typeof region>>;

/** What is wrong with regions that name each other. */
export function regionProblems(all: Readonly<Record<string, Region>>): string[] {
  return Object.entries(all)
    .filter(([, { backupRegion }]) => !Object.hasOwn(all, backupRegion))
    .map(
      ([name, { backupRegion }]) =>
        `config/region-facts.json: ${name}.backupRegion "${backupRegion}" is no region of it`,
    );
}

export const regions: Readonly<Record<string, Region>> = z.record(z.string(), region).parse(data);

/** @throws for a region that no schema has let through. */
export function regionOf(name: string): Region {
  const found = regions[name];
  if (found === undefined) throw new Error(`region "${name}" is not in config/region-facts.json`);
  return found;
}
