import { rule } from "../../engine/rule";
import { allowedRegistries, canonical, under } from "./_reference";

/** Image volumes come from their maintainers' registries. */
export const imageVolumeRegistry = rule({
  id: "images/image-volume-registry",
  severity: "high",
  title: "Image volumes come from their maintainers' registries",
  why: "Registry rules that look at containers only are passed by mounting the image as a volume and starting a program from it.",
  standards: { iso27002: ["5.19", "5.21", "8.19"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "pod",
  parameters: allowedRegistries,
  valid: `pod.spec.?volumes.orValue([]).all(v, !v.?image.hasValue() ||\n  ${canonical('v.image.?reference.orValue("")')}.all(image, ${under("image", "params.allowed")}))`,
  message: "mounts an image from a registry that is not allowed",
  field: "spec.volumes",
  remedy: "Use the maintainer's own image, or add a mirror to the rule's parameter `allowed`.",
});
