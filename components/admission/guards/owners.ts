import { isPlatforms, OF_ELSEWHERE, whoWrites, type Guard, type GuardFacts } from "./guard";

const refs = (object: string): string => `${object}.?metadata.?ownerReferences.orValue([])`;
const added = `${refs("object")}.filter(each, oldObject == null || !(each in ${refs("oldObject")}))`;

/**
 * The garbage collector acts on owners with rights to everything: what has an owner that is not there is deleted, and what
 * is deleted in the foreground, as Pulumi does, stays in force until what says `blockOwnerDeletion` is gone (Kubernetes,
 * "Garbage Collection"). A finalizer on that would keep an account's rights after they are taken.
 */
export const owners = (facts: GuardFacts): Guard[] => [ofSuite(facts), ofPlatform];

const MAY_DELETE =
  "authorizer.group(request.resource.group).resource(request.resource.resource)" +
  ".namespace(request.?namespace.orValue('')).name(request.name).check('delete').allowed()";
const DELETES = "An object gets an owner from who may delete it: with one that is gone, it is deleted.";

/** The same of what is in operators' namespaces, and of the platform's objects that are in none. */
const ofPlatform: Guard = {
  name: "mijnbureau-platform-owners-of-operators",
  role: "operator",
  resources: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["UPDATE"] }],
  matchConditions: [{ name: "adds-owners", expression: `${added}.size() > 0` }],
  validations: [
    {
      // The selector of namespaces matches whatever is in none.
      expression: `(namespaceObject == null && !(${isPlatforms("oldObject")})) || ${MAY_DELETE}`,
      message: DELETES,
    },
  ],
};

const ofSuite = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-owners",
  role: "suite",
  resources: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE"] }],
  matchConditions: [{ name: "adds-owners", expression: `${added}.size() > 0` }],
  variables: [...whoWrites(deployerGroups), { name: "added", expression: added }],
  validations: [
    {
      expression: `!variables.bound || (${OF_ELSEWHERE}) || variables.added.all(each, !each.?blockOwnerDeletion.orValue(false))`,
      message: "ownerReferences with blockOwnerDeletion hold up the deletion of what they name: controllers set them.",
    },
    {
      expression: `!variables.bound || request.operation == 'CREATE' || ${MAY_DELETE}`,
      message: DELETES,
    },
  ],
});
