/** Facts about a region that every environment in it shares. A new region is one entry here and its stack files. */
export interface Region {
  readonly title: string;
  /** Values of `topology.kubernetes.io/zone`; replicas spread over them. */
  readonly zones: readonly string[];
  /** The region that holds the second copy of the backups. */
  readonly backupRegion: string;
}

export const regions = {
  local: { title: "Embedded cluster", zones: ["dev-a", "dev-b", "dev-c"], backupRegion: "local" },
  "nl-west": { title: "Western Netherlands", zones: ["nl-west-1", "nl-west-2", "nl-west-3"], backupRegion: "nl-north" },
  "nl-north": {
    title: "Northern Netherlands",
    zones: ["nl-north-1", "nl-north-2", "nl-north-3"],
    backupRegion: "nl-west",
  },
} as const satisfies Record<string, Region>;

export type RegionName = keyof typeof regions;
