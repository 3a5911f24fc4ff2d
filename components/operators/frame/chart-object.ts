import type { OperatorPlan } from "./define";
import { normalise, type Normalised, type RegisteredObject } from "./normalise";
import { overlaid } from "./overlay";
import { withoutIds } from "./openshift";
import { bounded } from "./pod-bounds";
import { trusting } from "./trust";

/**
 * An object of an operator's chart as the stack registers it, with everything that the operator, the stack and the cluster
 * change of it; undefined where that is nothing.
 */
export function chartObject(
  object: RegisteredObject,
  plan: OperatorPlan,
  simulatedNodes: boolean,
): Normalised | undefined {
  const { controllerOwned, patches, overlay, userRanges, namespaces } = plan;
  return normalise(object, {
    controllerOwned,
    patches,
    simulatedNodes,
    overlay: (props, target) => {
      const changed = trusting(overlaid(bounded(props, target.kind), target, overlay), target.kind, plan);
      return userRanges ? withoutIds(changed, target.kind, namespaces) : changed;
    },
  });
}
