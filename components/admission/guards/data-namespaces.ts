import { label } from "../../../lib/labels";
import type { Guard } from "./guard";

/** Annotation that, set to the namespace's own name, permits its deletion. */
export const ALLOW_DELETION = "mijnbureau-platform/allow-deletion";

/** Deleting a namespace deletes its claims; the annotation makes it two deliberate steps. */
export const dataNamespaces: Guard = {
  name: "mijnbureau-platform-data-namespaces",
  resources: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["namespaces"], operations: ["DELETE"] }],
  matchConditions: [
    {
      name: "holds-data",
      expression: `oldObject.?metadata.?labels[?"${label.holdsData}"].orValue("") == "true"`,
    },
  ],
  validations: [
    {
      expression: `oldObject.?metadata.?annotations[?"${ALLOW_DELETION}"].orValue("") == oldObject.metadata.name`,
      message: `This namespace holds data. To delete it, annotate it first: ${ALLOW_DELETION}=<its own name>.`,
    },
  ],
};
