import { stackRule } from "../../engine/rule";
import { asList, asObjects, asString, at } from "../../../lib/json";
import type { StackIndex, StackObject } from "../../engine/stack";
import { replicasOf } from "./_scale";

/** The claims of a pod that only one node, or one pod, may mount. */
function singleWriterClaims(workload: StackObject, stack: StackIndex): readonly string[] {
  const names = asObjects(at(workload.pod?.pod, "spec", "volumes")).map((volume) =>
    asString(at(volume, "persistentVolumeClaim", "claimName")),
  );
  return names.filter(
    (name): name is string =>
      name !== undefined &&
      stack
        .ofKind("PersistentVolumeClaim", workload.namespace)
        .some((claim) => claim.name === name && isSingleWriter(claim)),
  );
}

function isSingleWriter(claim: StackObject): boolean {
  const modes = asList(at(claim.object, "spec", "accessModes"));
  return modes.length > 0 && modes.every((mode) => mode === "ReadWriteOnce" || mode === "ReadWriteOncePod");
}

/** Pods that share a volume can all mount it. */
export const singleWriterVolume = stackRule({
  id: "availability/single-writer-volume",
  severity: "medium",
  title: "Pods that share a volume can all mount it",
  why: "A second pod on another node waits for ever for the volume, so the rollout and the autoscaler hang; on the same node both write to the same files.",
  standards: { iso27002: ["8.14"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  message: "may have several pods that need one ReadWriteOnce volume",
  remedy: "Keep it at one pod, use a claim with ReadWriteMany, or a StatefulSet with a claim per pod.",
  select: (stack) => stack.ofKind("apps/Deployment"),
  check: (workload, stack) =>
    replicasOf(stack, workload).most > 1
      ? singleWriterClaims(workload, stack).map((name) => ({
          message: `may have several pods that need the one ReadWriteOnce volume "${name}"`,
          field: "spec.template.spec.volumes",
        }))
      : [],
});
