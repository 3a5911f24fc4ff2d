import { rule } from "../../engine/rule";
import { allowedRegistries, canonical, imageKinds, namedImages, under } from "./_reference";

/** Custom resources name images from their maintainers' registries. */
export const customResourceImageRegistry = rule({
  id: "images/custom-resource-image-registry",
  severity: "high",
  title: "Custom resources name images from their maintainers' registries",
  why: "The operator runs the image that the resource names, with the operator's view of the cluster around it.",
  standards: { iso27002: ["5.19", "5.21", "8.19"] },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: imageKinds,
  parameters: allowedRegistries,
  valid: `(${namedImages}).all(reference,\n  ${canonical("reference")}.all(image, ${under("image", "params.allowed")}))`,
  message: "names an image from a registry that is not allowed",
  field: "spec",
  remedy: "Use the maintainer's own image, or add a mirror to the rule's parameter `allowed`.",
});
