import { rule } from "../../engine/rule";
import { floatingTags, imageKinds, namedImages, pinned } from "./_reference";

/** Custom resources name images by a fixed tag or a digest. */
export const customResourceImageFixed = rule({
  id: "images/custom-resource-image-fixed",
  severity: "high",
  title: "Custom resources name images by a fixed tag or a digest",
  why: "The operator runs the image that the resource names; tools that read containers only never see it.",
  standards: { iso27002: ["8.9", "8.19", "8.32"] },
  levels: { baseline: "mandatory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "object",
  kinds: imageKinds,
  parameters: floatingTags,
  valid: `(${namedImages}).all(image, ${pinned("image")})`,
  message: "names an image without a fixed version",
  field: "spec",
  remedy: "Name a version tag, or better a digest.",
});
