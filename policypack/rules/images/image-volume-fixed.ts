import { rule } from "../../engine/rule";
import { floatingTags, pinned } from "./_reference";

/** Image volumes are named by a fixed tag or a digest. */
export const imageVolumeFixed = rule({
  id: "images/image-volume-fixed",
  severity: "high",
  title: "Image volumes are named by a fixed tag or a digest",
  why: "An image volume brings files, often programs or models, into the pod from a registry: what holds for the image of a container holds for it too.",
  standards: { iso27002: ["8.9", "8.19", "8.32"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  parameters: floatingTags,
  valid: `pod.spec.?volumes.orValue([]).all(v, !v.?image.hasValue() || ${pinned('v.image.?reference.orValue("")')})`,
  message: "mounts an image without a fixed version",
  field: "spec.volumes",
  remedy: "Name a version tag, or better a digest, in volumes[].image.reference.",
});
