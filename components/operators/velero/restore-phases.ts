/** Phases of a Restore (velero, pkg/apis/velero/v1/restore_types.go) that is at work or waits. */
export const unfinishedRestore = [
  "New",
  "InProgress",
  "WaitingForPluginOperations",
  "WaitingForPluginOperationsPartiallyFailed",
  "Finalizing",
  "FinalizingPartiallyFailed",
] as const;

export const endedRestore = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"] as const;
