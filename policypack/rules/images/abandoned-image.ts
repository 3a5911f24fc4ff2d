import { rule } from "../../engine/rule";
import { abandoned, canonical, under } from "./_reference";

/** Images are maintained. */
export const abandonedImage = rule({
  id: "images/abandoned-image",
  severity: "high",
  title: "Images are maintained",
  why: "An archive gets no security fixes: every vulnerability found since stays open for good.",
  standards: {
    iso27002: ["8.8", "8.19", "5.21"],
    checkov: ["CKV_K8S_34"],
    trivy: ["KSV-0102"],
    kyverno: ["disallow-helm-tiller"],
  },
  levels: { baseline: "advisory", mijnbureau: "advisory", strict: "mandatory" },
  subject: "container",
  parameters: abandoned,
  valid: `${canonical('container.?image.orValue("")')}.all(image,
    !${under("image", "params.abandoned")} &&
    !params.programs.exists(name, image.matches("/" + name + "([:@][^/]*)?$")))`,
  message: "has an image that is no longer maintained",
  detail: `container.?image.orValue("")`,
  field: "image",
  remedy: "Replace it by the maintainer's own image or by the operator that provides the service.",
});
