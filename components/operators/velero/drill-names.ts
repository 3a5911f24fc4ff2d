export const DRILL = "restore-drill";
export const DRILL_NAMESPACE = "velero-drill";
/** On each Restore of a drill, with the app's key. */
export const DRILL_LABEL = "mijnbureau-platform/drill";

/** On everything that Velero restored, with the Restore's name (Velero, pkg/apis/velero/v1/labels_annotations.go). */
export const RESTORED = "velero.io/restore-name";
