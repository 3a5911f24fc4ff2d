import { notVelero } from "./backup";
import { whoWrites, written, type Guard, type GuardFacts } from "./guard";

/** Specifications of claims: of the object itself, and of those that controllers make from it. */
const CLAIMS =
  "dyn(object).kind == 'PersistentVolumeClaim' ? [dyn(object).?spec.orValue({})] : " +
  "dyn(object).kind == 'StatefulSet' ? dyn(object).spec.?volumeClaimTemplates.orValue([]).map(each, each.?spec.orValue({})) : " +
  "['storage', 'walStorage'].map(each, dyn(object).?spec[?each].?pvcTemplate.orValue({})) + " +
  "dyn(object).?spec.?tablespaces.orValue([]).map(each, each.?storage.?pvcTemplate.orValue({}))";

/**
 * A claim that names its volume is given it, whoever's data lies there: what the volume says of its owner counts only
 * once it has one (Kubernetes, "Persistent Volumes", reserving a PersistentVolume). Velero restores claims with theirs,
 * and the controller that binds a claim writes its volume into it.
 */
export const claims = ({ deployerGroups }: GuardFacts): Guard => ({
  name: "mijnbureau-platform-claims",
  role: "suite",
  resources: [
    written("", "persistentvolumeclaims"),
    written("apps", "statefulsets"),
    written("postgresql.cnpg.io", "clusters"),
  ],
  matchConditions: [notVelero],
  variables: [{ name: "claims", expression: CLAIMS }, ...whoWrites(deployerGroups)],
  validations: [
    {
      expression:
        "dyn(object).kind == 'PersistentVolumeClaim' && oldObject != null " +
        "? !variables.bound || dyn(object).spec.?volumeName == dyn(oldObject).spec.?volumeName " +
        ": variables.claims.all(each, each.?volumeName.orValue('') == '' && !each.?selector.hasValue() && each.?storageClassName.orValue('some') != '')",
      message:
        "A claim of an app takes what its StorageClass makes: no volumeName, no selector, no empty storageClassName.",
    },
  ],
});
