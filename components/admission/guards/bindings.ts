import { DEPLOYER, VIEWER } from "../../namespace/rbac";
import { literal } from "../cel";
import { whoWrites, written, type Guard, type GuardFacts } from "./guard";

/**
 * The deployer may give no more rights than it has, but to anyone, and for longer than its own are there: to people, to
 * groups, to the accounts of another app. The suite's charts bind accounts of their own.
 */
export const bindings = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-bindings",
  role: "suite",
  resources: [written("rbac.authorization.k8s.io", "rolebindings")],
  matchConditions: [],
  variables: whoWrites(deployerGroups),
  validations: [
    {
      expression:
        "!variables.bound || object.?subjects.orValue([]).all(each, each.kind == 'ServiceAccount' && " +
        "each.?namespace.orValue(request.namespace) == request.namespace)",
      message: "subjects: an app gives rights to ServiceAccounts of its own namespace only.",
    },
    {
      expression: `!variables.bound || !(object.roleRef.name in ${literal([DEPLOYER, VIEWER])})`,
      message: "roleRef: whom the platform's own Roles are given to is a setting of the stack (access).",
    },
  ],
});
