import { POD_ACCESS } from "../../../lib/kinds";
import { DEPLOYER, VIEWER } from "../../namespace/rbac";
import { literal } from "../cel";
import { whoWrites, written, type Guard, type GuardFacts } from "./guard";

const RBAC = "rbac.authorization.k8s.io";

/** Reading these is entering a pod, and a token is its account. */
const ENTERING = ["*", "pods/*", ...POD_ACCESS, "serviceaccounts/token"];

/**
 * The deployer may give no more rights than it has, but to anyone, and for longer than its own are there: to people, to
 * groups, to the accounts of another app, to an account that gives them on. The suite's charts bind accounts of their own.
 */
export const bindings = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-bindings",
  role: "suite",
  resources: [written(RBAC, "roles", "rolebindings")],
  matchConditions: [],
  variables: whoWrites(deployerGroups),
  validations: [
    {
      expression:
        "!variables.bound || dyn(object).?subjects.orValue([]).all(each, each.kind == 'ServiceAccount' && " +
        "each.?namespace.orValue(request.namespace) == request.namespace)",
      message: "subjects: an app gives rights to ServiceAccounts of its own namespace only.",
    },
    {
      expression: `!variables.bound || dyn(object).kind != 'RoleBinding' || !(dyn(object).roleRef.name in ${literal([DEPLOYER, VIEWER])})`,
      message: "roleRef: whom the platform's own Roles are given to is a setting of the stack (access).",
    },
    {
      expression: `!variables.bound || dyn(object).?rules.orValue([]).all(rule, !rule.?apiGroups.orValue([]).exists(group, group in ${literal(["*", RBAC])}))`,
      message: "rules: no account of an app makes Roles or RoleBindings; with them it gives itself rights anew.",
    },
    {
      expression: `!variables.bound || dyn(object).?rules.orValue([]).all(rule, !rule.?apiGroups.orValue([]).exists(group, group == '') || !rule.?resources.orValue([]).exists(name, name in ${literal(ENTERING)}))`,
      message: "rules: no account of an app enters pods (exec, attach, portforward, proxy) or asks for tokens.",
    },
  ],
});
