import { label } from "../../../lib/labels";
import { isPlatforms, whoWrites, type Guard, type GuardFacts } from "./guard";

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
      expression: `(oldObject != null && ${isPlatforms("oldObject")}) || (object != null && ${isPlatforms("object")})`,
    },
  ],
  variables: whoWrites(deployerGroups),
  validations: [
    {
      expression: `oldObject == null || !(${isPlatforms("oldObject")}) || !variables.bound`,
      message: "This object belongs to the platform; the deployer of MijnBureau may not change or delete it.",
    },
    {
      expression: `object == null || !(${isPlatforms("object")}) || !variables.bound`,
      message: `The label ${label.managed} is reserved for the platform.`,
    },
  ],
});
