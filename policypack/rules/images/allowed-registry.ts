import { rule } from "../../engine/rule";
import { allowedRegistries, canonical, under } from "./_reference";

/** Images come from their maintainers' registries. */
export const allowedRegistry = rule({
  id: "images/allowed-registry",
  severity: "high",
  title: "Images come from their maintainers' registries",
  why: "Whoever can have the cluster run an image of his own choice runs code in it. Re-uploads by third parties get no fixes and can be changed by them.",
  standards: {
    iso27002: ["5.19", "5.21", "8.19"],
    cis: ["5.5.1"],
    trivy: ["KSV-0125", "KSV-0032", "KSV-0033", "KSV-0034", "KSV-0035"],
    kyverno: ["restrict-image-registries"],
    gatekeeper: ["allowedrepos", "allowedreposv2", "disallowedrepos"],
    kubescape: ["C-0078"],
  },
  levels: { baseline: "advisory", mijnbureau: "mandatory", strict: "mandatory" },
  subject: "container",
  parameters: allowedRegistries,
  valid: `${canonical('container.?image.orValue("")')}.all(image, ${under("image", "params.allowed")})`,
  message: "has an image from a registry that is not allowed",
  detail: `container.?image.orValue("")`,
  field: "image",
  remedy: "Use the maintainer's own image, or add a mirror to the rule's parameter `allowed`.",
});
