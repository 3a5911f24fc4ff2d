export const DRILL = "restore-drill";
export const DRILL_NAMESPACE = "velero-drill";
/** On each Restore of a drill, with the app's key. */
export const DRILL_LABEL = "mijnbureau-platform/drill";
