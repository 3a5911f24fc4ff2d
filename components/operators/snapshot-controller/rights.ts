import { EVERYWHERE, type Account, type RoleCut } from "../frame/accounts";
import { same } from "../frame/limits";
import { READ, type PolicyRule } from "../frame/rights";

const ACCOUNT = { namespace: "snapshot-controller", name: "snapshot-controller" };
const GROUP = "snapshot.storage.k8s.io";
const GROUPS = "groupsnapshot.storage.k8s.io";
const snapshots = (resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [GROUP],
  resources,
  verbs,
});

export const cuts: readonly RoleCut[] = [
  {
    kind: "ClusterRole",
    name: ACCOUNT.name,
    rules: [
      { apiGroups: [""], resources: ["persistentvolumes"], verbs: READ },
      { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: [...READ, "update"] },
      { apiGroups: [""], resources: ["events"], verbs: ["list", "watch", "create", "update", "patch"] },
      snapshots(["volumesnapshotclasses"], READ),
      snapshots(["volumesnapshotcontents"], [...READ, "create", "update", "delete", "patch"]),
      snapshots(["volumesnapshotcontents/status"], ["patch"]),
      snapshots(["volumesnapshots"], [...READ, "update", "patch"]),
      snapshots(["volumesnapshots/status"], ["update", "patch"]),
    ],
    cut: [
      snapshots(["volumesnapshots"], ["create", "delete"]),
      { apiGroups: [GROUPS], resources: ["volumegroupsnapshotclasses"], verbs: READ },
      {
        apiGroups: [GROUPS],
        resources: ["volumegroupsnapshotcontents", "volumegroupsnapshots"],
        verbs: [...READ, "create", "update", "delete", "patch"],
      },
      {
        apiGroups: [GROUPS],
        resources: ["volumegroupsnapshotcontents/status", "volumegroupsnapshots/status"],
        verbs: ["update", "patch"],
      },
      { apiGroups: [""], resources: ["nodes"], verbs: READ },
    ],
    // external-snapshotter v8, pkg/common-controller/groupsnapshot_controller_helper.go.
    reason: "Snapshots are made and deleted by it for groups alone, which are off.",
  },
];

const HANDLE_AND_OWNER = [
  ...["source", "driver", "deletionPolicy", "volumeSnapshotRef.?namespace", "volumeSnapshotRef.?name"].map(
    (field) => `spec.?${field}`,
  ),
  "?status.?snapshotHandle",
];

export const accounts: readonly Account[] = [
  {
    ...ACCOUNT,
    purpose: "Makes and removes the contents of snapshots that others ask for.",
    goal: { "write volumes": [`${EVERYWHERE} (contents of snapshots, without a handle of its own)`] },
    limits: [
      {
        apiGroup: "",
        resources: ["persistentvolumeclaims"],
        operations: ["UPDATE"],
        // It keeps a claim from going while a snapshot is taken of it.
        allowed: same("spec", "metadata.?labels", "metadata.?annotations", "metadata.?ownerReferences"),
        says: "changes the finalizers of claims, and nothing else of them",
      },
      {
        apiGroup: GROUP,
        resources: ["volumesnapshotcontents", "volumesnapshotcontents/status"],
        operations: ["CREATE", "UPDATE"],
        // It binds contents to the uid of their snapshot; the driver's own sidecar writes the handle.
        allowed: `oldObject == null ? !has(object.spec.source.snapshotHandle) : (${same(...HANDLE_AND_OWNER)})`,
        says: "makes contents for new snapshots of volumes, never for a snapshot that the storage has already, and leaves them what they are of and for",
        leaves: { "write volumes": [`${EVERYWHERE} (contents of snapshots, without a handle of its own)`] },
      },
    ],
  },
];
