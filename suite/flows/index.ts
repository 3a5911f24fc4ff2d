import type { Flow } from "../flow";
import { appFlows } from "./apps";
import { clusterFlows } from "./cluster";
import { datastoreFlows } from "./datastores";
import { edgeFlows } from "./edge";
import { hairpinFlows } from "./hairpin";
import { outsideFlows } from "./outside";

/**
 * The one table of who may talk to whom in MijnBureau. What is not in it is denied, in both directions.
 * To allow more, add one entry to the topic where it belongs; both policies follow from it.
 */
export const flows: readonly Flow[] = [
  ...edgeFlows,
  ...hairpinFlows,
  ...appFlows,
  ...datastoreFlows,
  ...clusterFlows,
  ...outsideFlows,
];
