import { rule } from "../../engine/rule";

/** Manifests hold no ephemeral containers. */
export const ephemeralContainersInManifest = rule({
  id: "workload/ephemeral-containers-in-manifest",
  severity: "low",
  title: "Manifests hold no ephemeral containers",
  why: "Ephemeral containers are for debugging a running pod; in a manifest they are a leftover of a copied live object, and carry tools that the image does not have.",
  standards: { iso27002: ["8.18", "8.32"], kyverno: ["block-ephemeral-containers"] },
  levels: { baseline: "off", mijnbureau: "advisory", strict: "advisory" },
  subject: "pod",
  valid: "!pod.spec.?ephemeralContainers.orValue([]).exists(c, true)",
  message: "carries ephemeral containers",
  field: "spec.ephemeralContainers",
  remedy: "Remove ephemeralContainers; use kubectl debug on the running pod.",
  notAtAdmission:
    "On a cluster ephemeral containers arrive through pods/ephemeralcontainers, where RBAC decides who may debug.",
});
