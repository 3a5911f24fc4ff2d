import { account, type Attack, create, type Guard, policy } from "../attack";
import { NAMESPACE, object } from "./_objects";

/** What holds an operator's account to its work. */
export const limit = (name: string, kind: string, says: string): Guard =>
  policy(`mijnbureau-platform-account-${name}-${kind}`, says);

/** What the garbage collector deletes, as soon as it says so. */
export const orphaned = {
  metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Namespace", name: "gone", uid: "attack" }] },
};

/** A Restore of the drill's own account that is not as the drill makes it. */
export const restoring = (id: string, attempt: string, spec: object): Attack => ({
  id,
  position: account("velero", "restore-drill"),
  attempt,
  steps: [
    create(
      object(
        "velero.io/v1",
        "Restore",
        {
          spec: {
            scheduleName: "suite-daily",
            includedNamespaces: [NAMESPACE],
            namespaceMapping: { [NAMESPACE]: "velero-drill" },
            includeClusterResources: false,
            ...spec,
          },
        },
        { namespace: "velero" },
      ),
    ),
  ],
  refusedBy: limit("restore-drill", "restores", "into the drill's namespace as it was"),
});
