import { rule } from "../../engine/rule";
import { byDigest } from "./_reference";

/** Image volumes are checked with their registry at every start. */
export const imageVolumePullPolicy = rule({
  id: "images/image-volume-pull-policy",
  severity: "low",
  title: "Image volumes are checked with their registry at every start",
  why: "Without the check the pod mounts whatever carries the tag in the node's cache.",
  standards: { iso27002: ["8.3", "8.19"] },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "pod",
  valid: `pod.spec.?volumes.orValue([]).all(v, !v.?image.hasValue() || v.image.?pullPolicy.orValue("") == "Always" ||\n  ${byDigest('v.image.?reference.orValue("")')})`,
  message: "mounts an image that may come from the node's cache",
  field: "spec.volumes",
  remedy: "Set pullPolicy: Always on the image volume, or name it by digest.",
});
