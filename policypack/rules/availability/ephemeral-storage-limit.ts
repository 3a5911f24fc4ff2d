import { rule } from "../../engine/rule";
import { givenByLimitRange, limited, withResources } from "./_resources";

/** Containers have a limit on local storage. */
export const ephemeralStorageLimit = rule({
  id: "availability/ephemeral-storage-limit",
  severity: "low",
  title: "Containers have a limit on local storage",
  why: "Logs and temporary files fill the node's disk, and the kubelet then evicts everybody's pods.",
  standards: {
    iso27002: ["8.6"],
    kubeScore: ["container-ephemeral-storage-request-and-limit"],
    gatekeeper: ["ephemeralstoragelimit"],
  },
  levels: { baseline: "off", mijnbureau: "off", strict: "advisory" },
  subject: "container",
  containers: withResources,
  valid: limited("ephemeral-storage"),
  metBy: givenByLimitRange("ephemeral-storage", "limits"),
  message: "has no limit on local storage",
  field: "resources.limits",
  remedy: "Set resources.limits.ephemeral-storage, on the container or on the pod.",
});
