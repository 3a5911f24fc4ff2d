import { rule } from "../../engine/rule";

/** Pod Security Standards, restricted, "Volume Types" (check `restrictedVolumes`, an allow-list). A volume without a source is an emptyDir by then. */
export const volumeTypes = rule({
  id: "pod-security/volume-types",
  severity: "medium",
  title: "Pods use only volume types that the cluster manages",
  why: "Other types reach storage with the node's identity or the host itself, past the storage class and its encryption.",
  message: "uses a restricted volume type",
  remedy: "Use configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected or secret.",
  standards: {
    pss: "restricted",
    nsa: true,
    iso27002: ["8.9"],
    trivy: ["KSV-0028"],
    kyverno: ["restrict-volume-types"],
    gatekeeper: ["volumes", "flexvolume-drivers"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  podSecurity: "restricted",
  subject: "pod",
  valid:
    "pod.spec.?volumes.orValue([]).all(v, has(v.configMap) || has(v.csi) || has(v.downwardAPI) || has(v.emptyDir) || has(v.ephemeral) || has(v.image) || has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))",
  detail:
    "pod.spec.?volumes.orValue([]).filter(v, !(has(v.configMap) || has(v.csi) || has(v.downwardAPI) || has(v.emptyDir) || has(v.ephemeral) || has(v.image) || has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))).map(v, v.?name.orValue('')).join(', ')",
  field: "spec.volumes",
});
