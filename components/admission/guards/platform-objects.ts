import { label } from "../../../lib/labels";
import { whoWrites, type Guard, type GuardFacts } from "./guard";

const carries = (object: string): string => `${object}.?metadata.?labels[?"${label.managed}"].orValue("") == "true"`;

/**
 * RBAC cannot tell the platform's objects from the suite's own of the same kind (NetworkPolicies, Roles,
 * ServiceAccounts), so admission keeps everybody off them whose rights are those of the namespace.
 */
export const platformObjects = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-deployer",
  resources: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE", "DELETE"] }],
  matchConditions: [
    {
      name: "is-the-platforms",
      expression: `(oldObject != null && ${carries("oldObject")}) || (object != null && ${carries("object")})`,
    },
  ],
  variables: whoWrites(deployerGroups),
  validations: [
    {
      expression: `oldObject == null || !(${carries("oldObject")}) || !variables.bound`,
      message: "This object belongs to the platform; the deployer of MijnBureau may not change or delete it.",
    },
    {
      expression: `object == null || !(${carries("object")}) || !variables.bound`,
      message: `The label ${label.managed} is reserved for the platform.`,
    },
  ],
});
