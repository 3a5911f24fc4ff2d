import { clusterOf } from "../../../suite/stores";
import type { Manifest } from "../../kubernetes-object";
import { clusterManifest } from "./cluster";
import type { TablesArgs } from "./tables";

const COPY_LABEL = "mijnbureau-platform/restored-from";

export interface Copy {
  readonly name: string;
  /** The archive that it writes to, its own. */
  readonly archive: string;
  /** The archive that it comes from. */
  readonly from: string;
  readonly at?: string | undefined;
}

/** One server beside an app's database, from its archive: for people, before a restore, and in a drill. */
export const copyManifest = ({ database, settings, facts }: TablesArgs, { name, archive, from, at }: Copy): Manifest =>
  clusterManifest(
    database,
    {
      ...{ name, instances: 1, archive },
      beginning: { from: "archive", archive: from, at },
      labels: { [COPY_LABEL]: clusterOf(database.app) },
    },
    settings,
    facts,
  );
