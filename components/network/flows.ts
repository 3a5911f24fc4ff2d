import type { Flow } from "./flow";
import { appFlows } from "./flows/apps";
import { clusterFlows } from "./flows/cluster";
import { datastoreFlows } from "./flows/datastores";
import { edgeFlows } from "./flows/edge";
import { hairpinFlows } from "./flows/hairpin";
import { outsideFlows } from "./flows/outside";

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
